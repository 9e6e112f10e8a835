package oauth

import (
	"net/http"

	"gatepost/handlers/web"
)

// vendorAddresses are where the vendor's published client finds each of its services. Here they are one.
type vendorAddresses struct {
	Master    string `json:"masterBaseUrl"`
	Auth      string `json:"authBaseUrl"`
	User      string `json:"userBaseUrl"`
	Device    string `json:"deviceBaseUrl"`
	Firmware  string `json:"firmwareBaseUrl"`
	Event     string `json:"eventBaseUrl"`
	Telemetry string `json:"telemetryBaseUrl"`
	File      string `json:"fileBaseUrl"`
}

// Discover answers GET /api/uisdk/solutionkey/{key}/env/{env}. The answer is the same for every key,
// environment, version and platform, so that nobody learns from it which keys exist.
func (h *Handlers) Discover(w http.ResponseWriter, r *http.Request) error {
	if err := h.discoveries.Take(r.Context(), web.ClientAddress(r)); err != nil {
		return err
	}
	at := h.Issuer + "/api/v2.1"
	return web.WriteJSON(w, http.StatusOK, struct {
		Data    vendorAddresses `json:"data"`
		Status  int             `json:"status"`
		Message string          `json:"message"`
	}{vendorAddresses{at, at, at, at, at, at, at, at}, http.StatusOK, "Addresses listed."})
}
