package oauth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/http"
	"strings"
	"time"

	"gatepost/handlers/hub"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/web"
)

const (
	// basicLife is how long a basic token can be sent with a login.
	basicLife = 5 * time.Minute

	basicNonce  = 16 // bytes
	basicLength = 8 + basicNonce + sha256.Size
)

// basicAnswer is step 1 of IoTConnect's document.
type basicTokenResponse struct {
	Data    string `json:"data"`
	Status  int    `json:"status"`
	Message string `json:"message"`
}

// loginAnswer is step 2 of IoTConnect's document, in its order.
type vendorTokens struct {
	TokenType    string `json:"token_type"`
	AccessToken  string `json:"access_token"`
	ExpiresIn    int64  `json:"expires_in"`              // seconds
	RefreshToken string `json:"refresh_token,omitempty"` // not of an app that has one-time access
	Status       int    `json:"status"`
}

// BasicToken answers GET and POST /api/v2/Auth/basic-token: a token that anybody gets, that
// is good for five minutes, and for nothing but to stand in the header of a login. It is a
// time with a tag, so that nothing has to be stored for it.
func (h *Handlers) BasicToken(w http.ResponseWriter, r *http.Request) error {
	if err := h.vendorLoginAllowed(r); err != nil {
		return err
	}
	token := make([]byte, 8+basicNonce, basicLength)
	binary.BigEndian.PutUint64(token, uint64(h.Grant.Now().Add(basicLife).Unix()))
	rand.Read(token[8:])
	token = append(token, h.basicTag(token)...)
	return web.WriteJSON(w, http.StatusOK, basicTokenResponse{base64.StdEncoding.EncodeToString(token), http.StatusOK, "Basic token has been generated successfully"})
}

func (h *Handlers) basicTag(body []byte) []byte {
	mac := hmac.New(sha256.New, h.BasicKey)
	mac.Write(body)
	return mac.Sum(nil)
}

// checkBasic says whether the header holds a basic token that is still good.
func (h *Handlers) checkBasic(r *http.Request) error {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return errBasicToken
	}
	scheme, text, _ := strings.Cut(values[0], " ")
	token, err := base64.StdEncoding.DecodeString(strings.Trim(text, " "))
	if err != nil || !strings.EqualFold(scheme, "Basic") || len(token) != basicLength {
		return errBasicToken
	}
	body, tag := token[:8+basicNonce], token[8+basicNonce:]
	ends := int64(binary.BigEndian.Uint64(body))
	if !hmac.Equal(h.basicTag(body), tag) || h.Grant.Now().Unix() >= ends {
		return errBasicToken
	}
	return nil
}

func (h *Handlers) vendorLoginAllowed(r *http.Request) error {
	off, err := h.Accounts.VendorLoginOff(r.Context())
	if err == nil && off {
		return errVendorLoginOff
	}
	return err
}

var (
	errBasicToken       = &web.Error{Status: http.StatusUnauthorized, Code: "unauthorized", Message: "Send a basic token in the header Authorization: Basic. /api/v2/Auth/basic-token gives one, which is good for five minutes."}
	errVendorLoginOff   = &web.Error{Status: http.StatusForbidden, Code: "access_denied", Message: hub.ErrVendorLoginOff.Error()}
	errWrongCredentials = &web.Error{Status: http.StatusUnauthorized, Code: "unauthorized", Message: "The username, the password or the solution key is wrong."}
	errRefreshToken     = &web.Error{Status: http.StatusUnauthorized, Code: "unauthorized", Message: "The refresh token is wrong, was used before, or has expired. Log in again."}
)

// Login answers POST /api/v2/Auth/login. What is wrong, and whether there is such an account,
// is not told.
func (h *Handlers) VendorLogin(w http.ResponseWriter, r *http.Request) error {
	return h.recordVendorFailure(w, r, h.vendorLogin)
}

func (h *Handlers) vendorLogin(w http.ResponseWriter, r *http.Request) error {
	if err := h.vendorLoginAllowed(r); err != nil {
		return err
	}
	var body struct {
		Username string `json:"username"`
		Password string `json:"password"`
	}
	if err := web.ReadJSON(w, r, &body); err != nil {
		return err
	}
	if err := h.checkBasic(r); err != nil {
		return err
	}
	keys := r.Header.Values("Solution-Key")
	missing := &hub.Invalid{}
	for _, f := range []struct {
		name string
		have bool
	}{{"username", body.Username != ""}, {"password", body.Password != ""}, {"solution-key", len(keys) == 1 && keys[0] != ""}} {
		if !f.have {
			missing.Fields = append(missing.Fields, hub.FieldError{Field: f.name, Message: "This is missing."})
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
	res, err := h.Grant.VendorLogin(r.Context(), app, person.ID, web.Caller(r))
	if err != nil {
		return refusalAs(err, errWrongCredentials)
	}
	return writeTokens(w, res)
}

// RefreshVendorLogin answers POST /api/v2/Auth/refresh-token.
func (h *Handlers) RefreshVendorLogin(w http.ResponseWriter, r *http.Request) error {
	return h.recordVendorFailure(w, r, h.refreshVendorLogin)
}

func (h *Handlers) refreshVendorLogin(w http.ResponseWriter, r *http.Request) error {
	if err := h.vendorLoginAllowed(r); err != nil {
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
	res, err := h.Grant.RefreshVendorLogin(r.Context(), body.Token, web.Caller(r))
	if err != nil {
		return refusalAs(err, errRefreshToken)
	}
	return writeTokens(w, res)
}

// orRefused is refusal where the grant refused, whatever its reason, and any other error itself.
func refusalAs(err error, refusal *web.Error) error {
	var refused *grant.Error
	if !errors.As(err, &refused) {
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
