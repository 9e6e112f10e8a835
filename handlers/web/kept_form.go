package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"gatepost/views/pages"
)

// fieldKept carries a form through the sign-in pages, and fieldFrom names the page that a consent was asked on.
const (
	fieldKept = "kept"
	fieldFrom = "from"
)

// keptRoom is what the fields of a sign-in page may need next to a kept form, in bytes.
const keptRoom = 4 << 10

// KeptForm is a form that came when its session had ended. It travels through the sign-in pages as a hidden
// field, and whoever has signed in decides whether to submit it: that may be somebody else.
type KeptForm struct {
	Action  string     `json:"action"`            // where it was sent
	Page    string     `json:"page"`              // that it was on
	Fields  url.Values `json:"fields"`            // without secrets and passwords
	Dropped bool       `json:"dropped,omitempty"` // there was a secret or a password
}

// ReadKeptForm reads the kept form that a sign-in form carries; ok says whether there is one.
func ReadKeptForm(form url.Values) (k KeptForm, ok bool) {
	if json.Unmarshal([]byte(form.Get(fieldKept)), &k) != nil || LocalPath(k.Action, "") == "" || LocalPath(k.Page, "") == "" {
		return KeptForm{}, false
	}
	k.Fields, k.Dropped = withoutSecrets(k.Fields, k.Dropped)
	return k, true
}

// Text is the kept form as ReadKeptForm reads it.
func (k KeptForm) Text() string {
	text, err := json.Marshal(k)
	if err != nil {
		return ""
	}
	return string(text)
}

// Hidden lists the fields by name.
func (k KeptForm) Hidden() (out []pages.HiddenField) {
	for _, name := range sortedNames(k.Fields) {
		for _, value := range k.Fields[name] {
			out = append(out, pages.HiddenField{Name: name, Value: value})
		}
	}
	return out
}

// withoutSecrets drops what must not be written back to a page, and what belonged to a step-up.
func withoutSecrets(form url.Values, dropped bool) (url.Values, bool) {
	kept := url.Values{}
	for name, values := range form {
		switch {
		case slices.Contains([]string{fieldPassword, fieldCode, fieldPasskey}, name):
		case !isSensitive(name):
			kept[name] = values
		case strings.Join(values, "") != "":
			dropped = true
		}
	}
	return kept, dropped
}

// signedOut answers a request whose session has ended, or never was: with the way to the sign-in page and
// back to where the person was. A form that was filled in is kept on the sign-in page.
func (e *Edge) signedOut(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return SeeOther(w, r, signInPath+"?next="+url.QueryEscape(r.URL.RequestURI()))
	}
	form, err := keepForm(r)
	if err != nil {
		return err
	}
	k := KeptForm{Action: r.URL.RequestURI(), Page: e.pageOf(r, form)}
	k.Fields, k.Dropped = withoutSecrets(form, false)
	encoded := url.Values{fieldKept: {k.Text()}}.Encode()
	if !keepable(r.URL.Path) || !filled(k.Fields) || len(encoded) > maxBody-keptRoom {
		return SeeOther(w, r, signInPath+"?next="+url.QueryEscape(k.Page))
	}
	return Render(w, r, http.StatusUnauthorized, pages.SignIn{
		Page: e.PageModel(r), Next: k.Page, Passkeys: e.Accounts.PasskeysOn(), Kept: k.Text(), SignedOut: true, Dropped: k.Dropped,
	})
}

// keepable says whether forms to a path make sense in another session: the consent is asked for again, and
// what proves or changes how somebody signs in is theirs alone.
func keepable(path string) bool {
	return path != consentPath && path != stepUpPath && !openWithout(path)
}

// filled says whether a form holds anything.
func filled(form url.Values) bool {
	for _, values := range form {
		if strings.Join(values, "") != "" {
			return true
		}
	}
	return false
}

// pageOf is the page that a form was on: the one that it names, its referrer, or else the nearest page above
// the address that it was sent to.
func (e *Edge) pageOf(r *http.Request, form url.Values) string {
	switch r.URL.Path {
	case consentPath:
		if from := ConsentFrom(form); from != "" {
			return from
		}
	case stepUpPath:
		if next := LocalPath(form.Get("next"), ""); next != "" {
			return next
		}
	}
	if from := backFrom(r); e.isPage(r, from) {
		return from
	}
	for p := r.URL.Path; p != "/" && p != "."; p = path.Dir(p) {
		if e.isPage(r, p) {
			return p
		}
	}
	return startPath
}

// isPage says whether a path, with or without a query, is that of a page which somebody can return to after a form. The address
// of the form itself may only look like one: /team/devices/selected is no device.
func (e *Edge) isPage(r *http.Request, path string) bool {
	path, _, _ = strings.Cut(path, "?")
	if path == startPath || path == stepUpPath || path == signInPath || strings.HasPrefix(path, signInPath+"/") || e.Pages == nil {
		return false
	}
	page := e.Pages(path)
	_, form, _ := strings.Cut(r.Pattern, " ")
	return page != "" && (path != r.URL.Path || page == form)
}

// ConsentFrom returns the path that asks for a consent again, which the form of its page carries; empty if there
// is none.
func ConsentFrom(form url.Values) string {
	from := LocalPath(form.Get(fieldFrom), "")
	u, err := url.Parse(from)
	if err != nil || u.Path != authorizePath && u.Path != userCodePath {
		return ""
	}
	return from
}
