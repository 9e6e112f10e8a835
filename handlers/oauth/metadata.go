package oauth

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"gatepost/handlers/keys"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/web"
)

// metadata is RFC 8414 section 2, and the members that OpenID Connect Discovery section 3
// requires as well, so that libraries which know only that find the keys. It lists only what is
// supported; all addresses come from the portal's URL, none from the request.
type metadata struct {
	Issuer                string   `json:"issuer"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	JWKSURI               string   `json:"jwks_uri"`
	ScopesSupported       []string `json:"scopes_supported"`
	ResponseTypes         []string `json:"response_types_supported"`
	ResponseModes         []string `json:"response_modes_supported"`
	GrantTypes            []string `json:"grant_types_supported"`
	ChallengeMethods      []string `json:"code_challenge_methods_supported"`
	TokenAuthMethods      []string `json:"token_endpoint_auth_methods_supported"`
	TokenAuthAlgs         []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	RevocationEndpoint    string   `json:"revocation_endpoint"`
	RevocationMethods     []string `json:"revocation_endpoint_auth_methods_supported"`
	RevocationAlgs        []string `json:"revocation_endpoint_auth_signing_alg_values_supported"`
	IntrospectionEndpoint string   `json:"introspection_endpoint"`
	IntrospectionMethods  []string `json:"introspection_endpoint_auth_methods_supported"`
	IntrospectionAlgs     []string `json:"introspection_endpoint_auth_signing_alg_values_supported"`
	DeviceEndpoint        string   `json:"device_authorization_endpoint"`                  // RFC 8628 section 4
	IssInAnswer           bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207 section 3
	RequestURI            bool     `json:"request_uri_parameter_supported"`                // explicit, since OpenID's default is true
	Prompts               []string `json:"prompt_values_supported"`
	SubjectTypes          []string `json:"subject_types_supported"`
	SigningAlgorithms     []string `json:"id_token_signing_alg_values_supported"`
	ServiceDocumentation  string   `json:"service_documentation"`
}

// metadataMaxAge is how long the metadata may be cached.
const metadataMaxAge = 300 * time.Second

// authMethods are the client authentication methods. Endpoints that public clients may use have
// none as well.
var authMethods = []string{"client_secret_basic", "client_secret_post", "private_key_jwt"}

// Metadata answers GET /.well-known/oauth-authorization-server and openid-configuration.
func (h *Handlers) Metadata(w http.ResponseWriter, r *http.Request) error {
	scopes, err := h.Grant.Scopes(r.Context())
	if err != nil {
		return err
	}
	withNone := append(slices.Clone(authMethods), "none")
	algorithms := keys.AssertionAlgorithms()
	setCacheable(w.Header(), metadataMaxAge)
	return web.WriteJSON(w, http.StatusOK, metadata{
		Issuer:                h.Issuer,
		AuthorizationEndpoint: h.Issuer + authorizePath,
		TokenEndpoint:         h.Issuer + "/oauth2/token",
		JWKSURI:               h.Issuer + "/.well-known/jwks.json",
		ScopesSupported:       scopes,
		ResponseTypes:         []string{"code"},
		ResponseModes:         []string{"query"},
		GrantTypes:            h.Grant.GrantTypes(),
		ChallengeMethods:      []string{"S256"},
		TokenAuthMethods:      withNone,
		TokenAuthAlgs:         algorithms,
		RevocationEndpoint:    h.Issuer + "/oauth2/revoke",
		RevocationMethods:     withNone,
		RevocationAlgs:        algorithms,
		IntrospectionEndpoint: h.Issuer + "/oauth2/introspect",
		IntrospectionMethods:  authMethods,
		IntrospectionAlgs:     algorithms,
		DeviceEndpoint:        h.Issuer + "/oauth2/device_authorization",
		IssInAnswer:           true,
		Prompts:               grant.Prompts(),
		SubjectTypes:          []string{"public"},
		SigningAlgorithms:     h.Keys.Algorithms(),
		ServiceDocumentation:  h.Issuer + "/docs",
	})
}

// JWKS answers GET /.well-known/jwks.json.
func (h *Handlers) JWKS(w http.ResponseWriter, _ *http.Request) error {
	setCacheable(w.Header(), keys.MaxAge)
	w.Header().Set("Content-Type", "application/json")
	body := h.Keys.JWKS()
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // nobody is left to tell about a broken connection
	return nil
}

func setCacheable(h http.Header, age time.Duration) {
	h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(age/time.Second)))
}
