package limit

import (
	"slices"
	"time"
)

// ID names a row of the table. The database keeps it in keys.
type ID string

// The limits.
const (
	Calls              ID = "calls"
	Tokens             ID = "tokens"
	SignInHere         ID = "sign_in_here"
	SignInAccount      ID = "sign_in_account"
	SignInPace         ID = "sign_in_pace"
	SignInPlace        ID = "sign_in_place"
	VendorLogin        ID = "vendor_login"
	Discoveries        ID = "discoveries"
	Codes              ID = "codes"
	RecoveryCodes      ID = "recovery_codes"
	Confirmations      ID = "confirmations"
	PasskeysOfPlace    ID = "passkeys_of_place"
	PasskeysOfPerson   ID = "passkeys_of_person"
	ResetsOfPlace      ID = "resets_of_place"
	ResetsOfAddress    ID = "resets_of_address"
	UserCodesOfPerson  ID = "user_codes_of_person"
	UserCodesOfPlace   ID = "user_codes_of_place"
	DeviceCodes        ID = "device_codes"
	ConsentRequests    ID = "consent_requests"
	MailsToAddressHour ID = "mails_to_address_hour"
	MailsToAddressDay  ID = "mails_to_address_day"
	MailsOfSender      ID = "mails_of_sender"
	EmailChanges       ID = "email_changes"
	Invitations        ID = "invitations"
	TestMails          ID = "test_mails"
	PastedSecrets      ID = "pasted_secrets"
	Reports            ID = "reports"
)

// Kind is how a limit counts.
type Kind int

// A Window allows Number per Period. A Bucket allows Number in a burst, and PerSecond more each second.
// Tries are Number failures; after that each further try waits, from First to Longest, and one
// failure is forgotten for each Period without another. A Crowd counts the failures of many places
// together: after Number of them each place that isn't known can still try once in First.
const (
	Window Kind = iota
	Bucket
	Tries
	Crowd
)

// Limit is a row of the table.
type Limit struct {
	ID             ID
	Kind           Kind
	Number         int
	PerSecond      int // of a Bucket
	Period         time.Duration
	First, Longest time.Duration // of Tries
	// Shared says that others use the limit up too, so that nobody is told how much is left until
	// it is used up.
	Shared bool
	// Silent says that somebody who isn't signed in gets the same answer beyond the limit, while nothing
	// is done: another answer would tell which accounts exist. Everybody else gets a 429.
	Silent bool

	Name    string // "Invitations"
	Counts  string // what is counted together: "team"
	Refusal string // what somebody beyond it reads, before "Try again in .."
	Why     string // a sentence for the docs
}

// tooManyTries is the refusal of most limits.
const tooManyTries = "Too many tries."

// table lists the limits in the order of the docs page.
var table = []Limit{
	{
		ID: Calls, Kind: Bucket, Number: 1200, PerSecond: 20,
		Name: "API calls", Counts: "app, app and person, or personal token", Refusal: "Too many calls.",
		Why: "Keeps one broken loop from slowing others down.",
	},
	{
		ID: Tokens, Kind: Bucket, Number: 1000, PerSecond: 100,
		Name: "Tokens", Counts: "app", Refusal: "This app gets tokens faster than its limit allows.",
		Why: "An owner can set another limit on the app's page. An app that keeps each token until it expires stays far below it.",
	},
	{
		ID: SignInHere, Kind: Tries, Number: 10, First: 30 * time.Second, Longest: 15 * time.Minute, Period: 15 * time.Minute,
		Name: "Wrong passwords from one place", Counts: "account and place, or browser", Refusal: tooManyTries,
		Why: "Stops guessing. Where you usually sign in, only your own wrong passwords count.",
	},
	{
		ID: SignInAccount, Kind: Crowd, Number: 100, First: time.Minute, Period: time.Minute, Shared: true,
		Name: "Wrong passwords of one account", Counts: "account", Refusal: tooManyTries,
		Why: "Slows guessing from many places. It never keeps out a place or browser where somebody signed in before, a passkey or a recovery code.",
	},
	{
		ID: SignInPace, Kind: Tries, Number: 100, First: time.Second, Longest: time.Second, Period: time.Second, Shared: true,
		Name: "Wrong passwords of one account in one second", Counts: "account", Refusal: tooManyTries,
		Why: "However many places guess, they get one try a second between them.",
	},
	{
		ID: SignInPlace, Kind: Tries, Number: 200, First: 30 * time.Second, Longest: 15 * time.Minute, Period: time.Minute, Shared: true,
		Name: "Wrong passwords of one place", Counts: "place", Refusal: tooManyTries,
		Why: "Stops one place from trying many accounts.",
	},
	{
		ID: VendorLogin, Kind: Crowd, Number: 300, First: time.Minute, Period: time.Minute, Shared: true,
		Name: "Refused logins over the API", Counts: "solution key", Refusal: tooManyTries,
		Why: "Stops guessing the passwords of a team's members.",
	},
	{
		ID: Discoveries, Kind: Bucket, Number: 120, PerSecond: 2,
		Name: "Look-ups of an API's address", Counts: "place", Refusal: "Too many look-ups from this place.",
		Why: "For programs in the iotconnect dialect, which ask once when they start. Anyone can ask.",
	},
	{
		ID: Codes, Kind: Tries, Number: 10, First: 30 * time.Second, Longest: 15 * time.Minute, Period: 15 * time.Minute,
		Name: "Wrong codes of an authenticator app", Counts: "account, or browser where its owner signed in before", Refusal: tooManyTries,
		Why: "Stops guessing: a code has only six digits.",
	},
	{
		ID: RecoveryCodes, Kind: Tries, Number: 20, First: 30 * time.Second, Longest: 15 * time.Minute, Period: time.Minute,
		Name: "Wrong recovery codes", Counts: "account and place, or browser", Refusal: tooManyTries,
		Why: "A code has 80 bits, so nobody guesses it. The tries of others don't count.",
	},
	{
		ID: Confirmations, Kind: Tries, Number: 10, First: 30 * time.Second, Longest: 15 * time.Minute, Period: 15 * time.Minute,
		Name: "Wrong passwords while signed in", Counts: "person", Refusal: tooManyTries,
		Why: "Stops whoever finds an open session from guessing its password.",
	},
	{
		ID: PasskeysOfPlace, Number: 60, Period: 5 * time.Minute,
		Name: "Sign-ins by passkey", Counts: "place, or browser where somebody signed in before", Refusal: tooManyTries,
		Why: "Each one is kept until it is answered.",
	},
	{
		ID: PasskeysOfPerson, Number: 60, Period: 5 * time.Minute,
		Name: "Confirmations by passkey", Counts: "person", Refusal: tooManyTries,
		Why: "Each one is kept until it is answered.",
	},
	{
		ID: ResetsOfPlace, Kind: Tries, Number: 20, First: 3 * time.Minute, Longest: time.Hour, Period: 3 * time.Minute,
		Name: "Requests for a password reset", Counts: "place", Refusal: tooManyTries,
		Why: "Stops one place from trying many addresses.",
	},
	{
		ID: ResetsOfAddress, Kind: Tries, Number: 4, First: 15 * time.Minute, Longest: time.Hour, Period: 15 * time.Minute, Shared: true,
		Name: "Requests for one reset", Counts: "email address", Refusal: tooManyTries,
		Why: "Counts for addresses without an account too, so the answer doesn't tell which exist.",
	},
	{
		ID: UserCodesOfPerson, Number: 10, Period: 15 * time.Minute,
		Name: "Wrong user codes of a device", Counts: "person", Refusal: "Too many wrong codes.",
		Why: "RFC 8628 section 5.1: with so few tries, guessing a code is hopeless.",
	},
	{
		ID: UserCodesOfPlace, Number: 40, Period: 15 * time.Minute, Shared: true,
		Name: "Wrong user codes of a place", Counts: "place", Refusal: "Too many wrong codes.",
		Why: "Several people can share a place, so it has more.",
	},
	{
		ID: DeviceCodes, Number: 60, Period: 15 * time.Minute,
		Name: "Device codes", Counts: "place", Refusal: "Too many device codes for this place.",
		Why: "Each one is kept until it expires, and a public client's id is enough to get one.",
	},
	{
		ID: ConsentRequests, Number: 60, Period: 15 * time.Minute,
		Name: "Consent pages", Counts: "person", Refusal: "Too many apps asked for access.",
		Why: "Each one is kept until it is answered.",
	},
	{
		ID: MailsToAddressHour, Number: 5, Period: time.Hour, Shared: true, Silent: true,
		Name: "Emails to one address, per hour", Counts: "email address (without what follows a +)", Refusal: "This address got too many emails in the last hour.",
		Why: "Invitations, address changes, handovers and resets from all senders together. Security notices to the owner of an account aren't counted.",
	},
	{
		ID: MailsToAddressDay, Number: 10, Period: 24 * time.Hour, Shared: true, Silent: true,
		Name: "Emails to one address, per day", Counts: "email address (without what follows a +)", Refusal: "This address got too many emails today.",
		Why: "As above.",
	},
	{
		ID: MailsOfSender, Number: 60, Period: time.Hour,
		Name: "Emails from one sender", Counts: "person or app", Refusal: "You've sent too many emails in the last hour.",
		Why: "Invitations, address changes and handovers together.",
	},
	{
		ID: EmailChanges, Number: 20, Period: 24 * time.Hour,
		Name: "Changes of an email address", Counts: "person", Refusal: "You've changed your address too many times today.",
		Why: "Each one sends an email to an address that the person chooses.",
	},
	{
		ID: Invitations, Number: 200, Period: 24 * time.Hour, Shared: true,
		Name: "Invitations", Counts: "team", Refusal: "This team has sent too many invitations today.",
		Why: "Counts those sent again too.",
	},
	{
		ID: TestMails, Number: 60, Period: time.Hour,
		Name: "Test emails", Counts: "owner", Refusal: "You've sent too many test emails.",
		Why: "One a minute is enough to set up a mail server.",
	},
	{
		ID: PastedSecrets, Number: 20, Period: 5 * time.Minute,
		Name: "Checks of a pasted secret", Counts: "person or app", Refusal: tooManyTries,
		Why: "Each one that looks genuine costs as much as a password.",
	},
	{
		ID: Reports, Number: 300, Period: 15 * time.Minute,
		Name: "Credentials sent to be revoked", Counts: "place", Refusal: "Too many credentials from this place.",
		Why: "Enough for a scanner that found many. Access and refresh tokens aren't counted.",
	},
}

// Table returns the limits in the order of the docs page.
func Table() []Limit { return slices.Clone(table) }

// Of returns the row of a limit.
func Of(id ID) Limit {
	i := slices.IndexFunc(table, func(l Limit) bool { return l.ID == id })
	if i < 0 {
		panic("limit: no row for " + string(id)) // a test checks that each constant has one
	}
	return table[i]
}

// Kept says where a limit is counted.
func (l Limit) Kept() string {
	if l.Kind == Bucket {
		return "memory of each process"
	}
	return "database"
}

// Headers are the fields of an answer that report the limit; RateLimit-* stands for RateLimit-Limit,
// RateLimit-Remaining and RateLimit-Reset. Of a shared limit only an answer beyond it has them.
func (l Limit) Headers() []string { return []string{"RateLimit-*", "Retry-After"} }
