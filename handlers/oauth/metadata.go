package oauth

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"gatepost/handlers/oauth/keys"
	"gatepost/handlers/web"
)

// metadata is RFC 8414 section 2, and what OpenID Connect Discovery section 3 wants beside
// it, so that libraries which know only that find the keys. Only what is supported stands
// in it; all addresses come from the portal's URL and none from the request.
type metadata struct {
	Issuer               string   `json:"issuer"`
	TokenEndpoint        string   `json:"token_endpoint"`
	JWKSURI              string   `json:"jwks_uri"`
	ScopesSupported      []string `json:"scopes_supported"`
	ResponseTypes        []string `json:"response_types_supported"`
	GrantTypes           []string `json:"grant_types_supported"`
	TokenAuthMethods     []string `json:"token_endpoint_auth_methods_supported"`
	SubjectTypes         []string `json:"subject_types_supported"`
	SigningAlgorithms    []string `json:"id_token_signing_alg_values_supported"`
	ServiceDocumentation string   `json:"service_documentation"`
}

// metadataMaxAge is how long others may keep the metadata.
const metadataMaxAge = 300 * time.Second

// Metadata answers GET /.well-known/oauth-authorization-server and openid-configuration.
func (h *Handlers) Metadata(w http.ResponseWriter, r *http.Request) error {
	scopes, err := h.Grant.Scopes(r.Context())
	if err != nil {
		return err
	}
	cacheable(w.Header(), metadataMaxAge)
	return web.WriteJSON(w, http.StatusOK, metadata{
		Issuer:               h.Issuer,
		TokenEndpoint:        h.Issuer + "/oauth2/token",
		JWKSURI:              h.Issuer + "/.well-known/jwks.json",
		ScopesSupported:      scopes,
		ResponseTypes:        []string{}, // required; no grant that is supported has one
		GrantTypes:           h.Grant.GrantTypes(),
		TokenAuthMethods:     []string{"client_secret_basic", "client_secret_post"},
		SubjectTypes:         []string{"public"},
		SigningAlgorithms:    h.Keys.Algorithms(),
		ServiceDocumentation: h.Issuer + "/docs",
	})
}

// JWKS answers GET /.well-known/jwks.json.
func (h *Handlers) JWKS(w http.ResponseWriter, _ *http.Request) error {
	cacheable(w.Header(), keys.MaxAge)
	w.Header().Set("Content-Type", "application/json")
	body := h.Keys.JWKS()
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // a client that is gone can't be told
	return nil
}

func cacheable(h http.Header, age time.Duration) {
	h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(age/time.Second)))
}
