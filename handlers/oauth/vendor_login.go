package oauth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"gatepost/handlers/hub"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/secret"
	"gatepost/handlers/web"
)

const (
	// basicLifetime is how long a basic token can be sent with a vendor login.
	basicLifetime = 5 * time.Minute

	// forBasicTokens is what the key of their MACs is derived for.
	forBasicTokens = "basic token"

	basicTimeLength  = 8  // bytes
	basicNonceLength = 16 // bytes
	basicBodyLength  = basicTimeLength + basicNonceLength
	basicLength      = basicBodyLength + sha256.Size
)

// basicTokenResponse is step 1 of IoTConnect's document.
type basicTokenResponse struct {
	Data    string `json:"data"`
	Status  int    `json:"status"`
	Message string `json:"message"`
}

// vendorTokens is step 2 of IoTConnect's document, with its order of fields.
type vendorTokens struct {
	TokenType    string `json:"token_type"`
	AccessToken  string `json:"access_token"`
	ExpiresIn    int64  `json:"expires_in"`              // seconds
	RefreshToken string `json:"refresh_token,omitempty"` // unless the app has one-time access
	Status       int    `json:"status"`
}

// BasicToken answers GET and POST /api/v2/Auth/basic-token, and the same under /api/v2.1, with a token
// that anybody can get, that expires after five minutes, and that is only good for the header of a vendor login. It
// is its expiry time, a nonce and a MAC, so that nothing needs to be stored.
func (h *Handlers) BasicToken(w http.ResponseWriter, r *http.Request) error {
	if err := h.checkVendorLoginOn(r); err != nil {
		return err
	}
	token := make([]byte, basicBodyLength, basicLength)
	binary.BigEndian.PutUint64(token, uint64(h.Grant.Now().Add(basicLifetime).Unix()))
	rand.Read(token[basicTimeLength:])
	token = append(token, basicMAC(h.Key.Derive(forBasicTokens), token)...)
	return web.WriteJSON(w, http.StatusOK, basicTokenResponse{base64.StdEncoding.EncodeToString(token), http.StatusOK, "Basic token has been generated successfully"})
}

func basicMAC(key, body []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(body)
	return mac.Sum(nil)
}

// checkBasicToken returns an error unless the header has a basic token that hasn't expired.
func (h *Handlers) checkBasicToken(r *http.Request) error {
	refusal := *errBasicToken
	refusal.Cause = errBasicToken
	if isLive(r) {
		refusal.Message = strings.ReplaceAll(refusal.Message, "/api/v2/", liveFolder)
	}
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return &refusal
	}
	scheme, text, _ := strings.Cut(values[0], " ")
	token, err := base64.StdEncoding.DecodeString(strings.Trim(text, " "))
	if err != nil || !strings.EqualFold(scheme, "Basic") || len(token) != basicLength {
		return &refusal
	}
	body, mac := token[:basicBodyLength], token[basicBodyLength:]
	expires := int64(binary.BigEndian.Uint64(body))
	genuine := slices.ContainsFunc(h.Key.Derived(forBasicTokens), func(d secret.Derived) bool { return hmac.Equal(basicMAC(d.Key, body), mac) })
	if !genuine || h.Grant.Now().Unix() >= expires {
		return &refusal
	}
	return nil
}

// liveFolder has the live shape of the iotconnect dialect, which the vendor's published client speaks.
const liveFolder = "/api/v2.1/"

// isLive reports whether a request is in the live shape.
func isLive(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, liveFolder) }

// checkVendorLoginOn returns an error if an owner has turned the vendor login off.
func (h *Handlers) checkVendorLoginOn(r *http.Request) error {
	off, err := h.Accounts.VendorLoginOff(r.Context())
	if err == nil && off {
		return errVendorLoginOff
	}
	return err
}

var (
	errBasicToken       = &web.Error{Status: http.StatusUnauthorized, Code: "unauthorized", Message: "Send a basic token in the header Authorization: Basic. Get one from /api/v2/Auth/basic-token; it expires after five minutes."}
	errVendorLoginOff   = &web.Error{Status: http.StatusForbidden, Code: "access_denied", Message: hub.ErrVendorLoginOff.Error()}
	errWrongCredentials = &web.Error{Status: http.StatusUnauthorized, Code: "unauthorized", Message: "The username, the password or the solution key is wrong."}
	errRefreshToken     = &web.Error{Status: http.StatusUnauthorized, Code: "unauthorized", Message: "The refresh token is wrong, was used before, or has expired. Log in again."}
)

// VendorLogin answers POST /api/v2/Auth/login and /api/v2.1/Auth/login. A refusal doesn't tell what is
// wrong, nor whether the account exists.
func (h *Handlers) VendorLogin(w http.ResponseWriter, r *http.Request) error {
	return h.recordVendorFailure(w, r, h.vendorLogin)
}

func (h *Handlers) vendorLogin(w http.ResponseWriter, r *http.Request) error {
	if err := h.checkVendorLoginOn(r); err != nil {
		return err
	}
	var body struct {
		Username string `json:"username"`
		Password string `json:"password"`
	}
	if err := web.ReadJSON(w, r, &body); err != nil {
		return err
	}
	if err := h.checkBasicToken(r); err != nil {
		return err
	}
	keys := r.Header.Values("Solution-Key")
	missing := &hub.Invalid{}
	for _, field := range []struct {
		name string
		sent bool
	}{{"username", body.Username != ""}, {"password", body.Password != ""}, {"solution-key", len(keys) == 1 && keys[0] != ""}} {
		if !field.sent {
			missing.Fields = append(missing.Fields, hub.FieldError{Field: field.name, Message: "This is missing."})
		}
	}
	if len(missing.Fields) > 0 {
		return missing
	}
	person, app, err := h.Accounts.VendorLogin(r.Context(), web.Actor(r), keys[0], body.Username, body.Password)
	if errors.Is(err, hub.ErrWrongPassword) {
		return errWrongCredentials
	}
	if err != nil {
		return err
	}
	web.NoteClient(r, app.ClientID)
	res, err := h.Grant.VendorLogin(r.Context(), app, person.ID, isLive(r), web.Caller(r))
	if err != nil {
		return refusalAs(err, errWrongCredentials)
	}
	return writeTokens(w, res)
}

// RefreshVendorLogin answers POST /api/v2/Auth/refresh-token and /api/v2.1/Auth/refresh-token.
func (h *Handlers) RefreshVendorLogin(w http.ResponseWriter, r *http.Request) error {
	return h.recordVendorFailure(w, r, h.refreshVendorLogin)
}

func (h *Handlers) refreshVendorLogin(w http.ResponseWriter, r *http.Request) error {
	if err := h.checkVendorLoginOn(r); err != nil {
		return err
	}
	var body struct {
		Token string `json:"refreshtoken"`
	}
	if err := web.ReadJSON(w, r, &body); err != nil {
		return err
	}
	if body.Token == "" {
		return &hub.Invalid{Fields: []hub.FieldError{{Field: "refreshtoken", Message: "This is missing."}}}
	}
	res, err := h.Grant.RefreshVendorLogin(r.Context(), body.Token, isLive(r), web.Caller(r))
	if err != nil {
		return refusalAs(err, errRefreshToken)
	}
	return writeTokens(w, res)
}

// refusalAs returns the refusal in place of any refusal by package grant, except for that of a
// limit, and other errors unchanged.
func refusalAs(err error, refusal *web.Error) error {
	var refused *grant.Error
	if !errors.As(err, &refused) || refused.Status == http.StatusTooManyRequests {
		return err
	}
	e := *refusal
	e.Cause = err
	return &e
}

func writeTokens(w http.ResponseWriter, res grant.Response) error {
	setNoStore(w.Header())
	return web.WriteJSON(w, http.StatusOK, vendorTokens{"bearer", res.AccessToken, int64(res.ExpiresIn / time.Second), res.RefreshToken, http.StatusOK})
}
