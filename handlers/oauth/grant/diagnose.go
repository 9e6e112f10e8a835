package grant

import (
	"fmt"
	"strings"
	"unicode"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// diagnose says what is wrong with a secret that has not the tag of its client, by trying
// what people do to one on its way from a page into their settings. It lets nobody in. Like
// the tag itself it looks at what came and at nothing else: it costs a few HMACs, and the
// same whether or not there is such an app (TOK-04).
func (s *Server) diagnose(clientID, presented string) Reason {
	cleanID := strings.TrimFunc(clientID, isWrapper)
	before, core, after := extractSecret(presented)
	switch {
	case core == "":
		return Reason{Kind: db.ReasonSecretUnknown, Detail: describeNonSecret(clientID, presented)}
	case len(core) < secret.Length:
		joined := strings.Join(strings.FieldsFunc(presented, isInvisible), "")
		if joined != presented && s.Minter.Genuine(cleanID, joined) {
			return Reason{Kind: db.ReasonSecretWhitespace, Detail: "a line end or a space inside the secret", Proven: true, Hint: secret.Hint(joined)}
		}
		return Reason{Kind: db.ReasonSecretTruncated, Detail: fmt.Sprintf("a cut secret: %d characters of %d", len(core), secret.Length)}
	case !s.Minter.Genuine(cleanID, core):
		return Reason{
			Kind: db.ReasonSecretUnknown, Detail: "a secret of this form came that the portal did not make for this app: mistyped, made up, or of another app or portal",
			MadeFor: func(other string) bool { return s.Minter.Genuine(other, core) },
		}
	}
	why := Reason{Proven: true, Hint: secret.Hint(core)}
	switch {
	case before == "" && after == "":
		why.Kind, why.Detail, why.ClientID = db.ReasonSecretWhitespace, describeWrapping("client id", clientID, cleanID), cleanID
	case strings.TrimFunc(before+after, isInvisible) == "" || isEscapedWhitespace(before+after):
		why.Kind, why.Detail = db.ReasonSecretWhitespace, describeWhitespace(before, after)
	case strings.TrimFunc(before+after, isWrapper) == "":
		why.Kind, why.Detail = db.ReasonSecretQuoted, "quotation marks around the secret"
	default:
		why.Kind, why.Detail = db.ReasonSecretTruncated, fmt.Sprintf("%d characters too many around the secret", len(before)+len(after))
	}
	if cleanID != clientID {
		why.ClientID = cleanID
	}
	return why
}

// cut finds what could be a secret in what came. Without any core is empty; with too little
// of one it is shorter than secrets are.
func extractSecret(presented string) (before, core, after string) {
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

// invisible are the characters that copying adds and nobody sees.
func isInvisible(c rune) bool {
	return unicode.IsSpace(c) || strings.ContainsRune("\u200b\u200c\u200d\u2060\ufeff", c)
}

// wraps are those that people put around a value.
func isWrapper(c rune) bool {
	return isInvisible(c) || strings.ContainsRune("\"'`‘’“”«»<>", c)
}

// spelledOut says whether a line end was written as an escape that nothing has read.
func isEscapedWhitespace(s string) bool {
	switch strings.ToLower(s) {
	case `\n`, `\r\n`, `\r`, `\t`, "%0a", "%0d%0a", "%20":
		return true
	}
	return false
}

// whitespace says where it is and what.
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
		return "line end, written as an escape,"
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

// shape says what something is that has no secret in it.
func describeNonSecret(clientID, presented string) string {
	switch {
	case presented == clientID:
		return "the client id came in the secret's place"
	case len(presented) > secret.MaxInput:
		return "what came as secret is longer than any secret"
	case strings.HasPrefix(presented, secret.PersonalToken):
		return "a personal token came in the secret's place"
	case strings.HasPrefix(presented, secret.RefreshToken), strings.HasPrefix(presented, secret.AuthorizationCode), strings.HasPrefix(presented, secret.DeviceCode):
		return "a code or refresh token came in the secret's place"
	case strings.HasPrefix(presented, "eyJ"):
		return "a JWT came in the secret's place"
	case strings.HasPrefix(presented, "$"), strings.HasPrefix(presented, "{{"), strings.HasPrefix(presented, "<"), strings.HasPrefix(presented, "%"):
		return "a placeholder came: the variable for the secret was not filled in"
	case strings.TrimFunc(presented, isWrapper) == "":
		return "the secret is blank"
	}
	return "what came as secret is none of this portal: each starts with " + secret.Prefix
}
