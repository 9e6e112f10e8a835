package grant

import (
	"errors"
	"strings"
	"testing"
)

// TOK-10, RFC 6749 section 3.3.
func TestScopes(t *testing.T) {
	granted := []string{"read", "write", "transactions/post"}
	for asked, want := range map[string]string{
		"":                       "read write transactions/post",
		"read":                   "read",
		"write read":             "write read",
		"read,write":             "read write",
		"read, write":            "read write",
		" read  write ":          "read write",
		"read read":              "read",
		"transactions/post":      "transactions/post",
		"Read":                   "invalid_scope",
		"read events":            "invalid_scope",
		"apps:write":             "invalid_scope",
		"read\twrite":            "invalid_scope",
		"read\r\nwrite":          "invalid_scope",
		"read\x00":               "invalid_scope",
		`re"ad`:                  "invalid_scope",
		`re\ad`:                  "invalid_scope",
		"réad":                   "invalid_scope",
		" ":                      "invalid_scope",
		",":                      "invalid_scope",
		strings.Repeat("a", 5e3): "invalid_scope",
		"<script>":               "invalid_scope",
	} {
		got, err := chooseScopes(asked, granted)
		text := strings.Join(got, " ")
		if err != nil {
			text = code(err)
		}
		if text != want {
			t.Errorf("chooseScopes(%.40q) = %q, want %q", asked, text, want)
		}
		var e *Error
		if errors.As(err, &e) && strings.Contains(e.Description, "script") {
			t.Errorf("chooseScopes(%q) echoes it: %q", asked, e.Description)
		}
	}
}

func TestClientWithoutScopesGetsATokenWithoutScopes(t *testing.T) {
	if got, err := chooseScopes("", nil); len(got) != 0 || err != nil {
		t.Errorf("chooseScopes(nothing of nothing) = %v, %v, want none, nil", got, err)
	}
	if _, err := chooseScopes("read", nil); code(err) != InvalidScope {
		t.Errorf("chooseScopes(read of nothing) = %v, want %s", err, InvalidScope)
	}
}

func FuzzScopes(f *testing.F) {
	for _, seed := range []string{"read write", "read,write", `"`, "\x00", " , "} {
		f.Add(seed)
	}
	granted := []string{"read", "write"}
	f.Fuzz(func(t *testing.T, asked string) {
		got, err := chooseScopes(asked, granted)
		if err != nil && code(err) != InvalidScope || len(got) > len(granted) {
			t.Errorf("chooseScopes(%q) = %v, %v, want scopes of the client or invalid_scope", asked, got, err)
		}
	})
}
