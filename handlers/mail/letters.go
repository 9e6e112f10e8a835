package mail

import view "gatepost/views/mail"

// Letter is a mail before it is written: Kind names it in the outbox, Mail gives subject, plain text and HTML. One
// that has a method Until is of no use after that time.
type Letter interface {
	Kind() string
	Mail(brand string) (subject, text, html string)
}

// The letters; views/mail holds their texts.
type (
	Notice              = view.Notice
	Invitation          = view.Invitation
	Reset               = view.Reset
	PasswordChanged     = view.PasswordChanged
	SecondFactorChanged = view.SecondFactorChanged
	NewBrowser          = view.NewBrowser
	AccountDisabled     = view.AccountDisabled
	EmailConfirm        = view.EmailConfirm
	EmailChanged        = view.EmailChanged
	TestMail            = view.TestMail
	SecretMade          = view.SecretMade
	SecretRotated       = view.SecretRotated
	SecretRevoked       = view.SecretRevoked
	SecretExpiring      = view.SecretExpiring
	AppDeleted          = view.AppDeleted
	TokensRevoked       = view.TokensRevoked
	HandedOver          = view.HandedOver
	HandoverOpened      = view.HandoverOpened
	RoleChanged         = view.RoleChanged
	OwnerChanged        = view.OwnerChanged
	PersonRemoved       = view.PersonRemoved
	AppTransferred      = view.AppTransferred
)
