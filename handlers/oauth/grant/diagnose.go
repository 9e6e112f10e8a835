package grant

import (
	"fmt"
	"strings"
	"unicode"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// diagnose says what is wrong with a secret whose tag doesn't match its client, by undoing the
// usual accidents of copying one from a page into a program's settings. It never authenticates
// anybody. Like the check of the tag it looks only at the request: it costs a few HMACs, and
// the same whether or not there is such an app (TOK-04).
func (s *Server) diagnose(clientID, presented string) Reason {
	cleanID := strings.TrimFunc(clientID, isWrapper)
	before, extracted, after := extractSecret(presented)
	switch {
	case extracted == "":
		return Reason{Kind: db.ReasonSecretUnknown, Detail: describeNonSecret(clientID, presented)}
	case len(extracted) < secret.Length:
		joined := strings.Join(strings.FieldsFunc(presented, isInvisible), "")
		if joined != presented && s.Minter.Genuine(cleanID, joined) {
			return Reason{Kind: db.ReasonSecretWhitespace, Detail: "a line break or a space inside the secret", Proven: true, Hint: secret.Hint(joined)}
		}
		return Reason{Kind: db.ReasonSecretTruncated, Detail: fmt.Sprintf("a cut secret: %d characters of %d", len(extracted), secret.Length)}
	case !s.Minter.Genuine(cleanID, extracted):
		return Reason{
			Kind: db.ReasonSecretUnknown, Detail: "the secret has the right form, but the portal did not make it for this app: mistyped, made up, or from another app or portal",
			MadeFor: func(other string) bool { return s.Minter.Genuine(other, extracted) },
		}
	}
	reason := Reason{Proven: true, Hint: secret.Hint(extracted)}
	switch {
	case before == "" && after == "":
		reason.Kind, reason.Detail, reason.ClientID = db.ReasonSecretWhitespace, describeWrapping("client id", clientID, cleanID), cleanID
	case strings.TrimFunc(before+after, isInvisible) == "" || isEscapedWhitespace(before+after):
		reason.Kind, reason.Detail = db.ReasonSecretWhitespace, describeWhitespace(before, after)
	case strings.TrimFunc(before+after, isWrapper) == "":
		reason.Kind, reason.Detail = db.ReasonSecretQuoted, "quotation marks around the secret"
	default:
		reason.Kind, reason.Detail = db.ReasonSecretTruncated, describeExtra(len(before)+len(after))
	}
	if cleanID != clientID {
		reason.ClientID = cleanID
	}
	return reason
}

func describeExtra(characters int) string {
	if characters == 1 {
		return "one extra character around the secret"
	}
	return fmt.Sprintf("%d extra characters around the secret", characters)
}

// extractSecret finds what could be a secret in the presented text. It returns an empty string
// if there is none, and fewer than secret.Length characters if the secret was cut.
func extractSecret(presented string) (before, extracted, after string) {
	if len(presented) > secret.MaxInput {
		return "", "", ""
	}
	i := strings.Index(presented, secret.Prefix)
	if i < 0 {
		return "", "", ""
	}
	end := i + len(secret.Prefix)
	for end < len(presented) && end-i < secret.Length && isBase62(presented[end]) {
		end++
	}
	return presented[:i], presented[i:end], presented[end:]
}

func isBase62(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// isInvisible reports characters that copying may add without anybody seeing them.
func isInvisible(c rune) bool {
	return unicode.IsSpace(c) || strings.ContainsRune("\u200b\u200c\u200d\u2060\ufeff", c)
}

// isWrapper reports characters that people put around a value.
func isWrapper(c rune) bool {
	return isInvisible(c) || strings.ContainsRune("\"'`‘’“”«»<>", c)
}

// isEscapedWhitespace says whether s is whitespace written as an escape that nothing decoded.
func isEscapedWhitespace(s string) bool {
	switch strings.ToLower(s) {
	case `\n`, `\r\n`, `\r`, `\t`, "%0a", "%0d%0a", "%20":
		return true
	}
	return false
}

// describeWhitespace says where the whitespace is, and what kind.
func describeWhitespace(before, after string) string {
	switch {
	case before != "" && after != "":
		return "whitespace before and after the secret"
	case before != "":
		return "a leading " + nameWhitespace(before) + " in the secret"
	}
	return "a trailing " + nameWhitespace(after) + " in the secret"
}

func nameWhitespace(s string) string {
	switch {
	case isEscapedWhitespace(s):
		return "line break, written as an escape,"
	case s == " ":
		return "space"
	case s == "\t":
		return "tab"
	case strings.Trim(s, "\r\n") == "":
		return "newline"
	}
	return "run of whitespace"
}

func describeWrapping(what, value, clean string) string {
	if strings.TrimFunc(value, isInvisible) == clean {
		return "whitespace around the " + what
	}
	return "quotation marks around the " + what
}

// describeNonSecret says what was presented in place of a secret.
func describeNonSecret(clientID, presented string) string {
	switch {
	case presented == clientID:
		return "the client id was sent in place of the secret"
	case len(presented) > secret.MaxInput:
		return "the value sent as the secret is longer than any secret"
	case strings.HasPrefix(presented, secret.PersonalToken):
		return "a personal token was sent in place of the secret"
	case strings.HasPrefix(presented, secret.RefreshToken), strings.HasPrefix(presented, secret.AuthorizationCode), strings.HasPrefix(presented, secret.DeviceCode):
		return "a code or refresh token was sent in place of the secret"
	case strings.HasPrefix(presented, "eyJ"):
		return "a JWT was sent in place of the secret"
	case strings.HasPrefix(presented, "$"), strings.HasPrefix(presented, "{{"), strings.HasPrefix(presented, "<"), strings.HasPrefix(presented, "%"):
		return "a placeholder was sent: the variable for the secret was not filled in"
	case strings.TrimFunc(presented, isWrapper) == "":
		return "the secret is blank"
	}
	return "the value sent as the secret is not one of this portal's, which all start with " + secret.Prefix
}
