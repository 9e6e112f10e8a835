package api

import (
	"net/http"

	"github.com/swaggest/swgui/v5/static"
	"github.com/vearutop/statigz"

	"gatepost/handlers/web"
)

// swaggerAssets are the files of Swagger UI that the page /swagger-ui/index.html loads. The rest of that folder (its
// own pages, a second build) is not served.
var swaggerAssets = map[string]bool{"swagger-ui.css": true, "swagger-ui-bundle.js": true}

func swaggerFiles() http.Handler {
	return http.StripPrefix("/swagger-ui", statigz.FileServer(static.FS))
}

// SwaggerAsset answers GET /swagger-ui/{file} for the files of Swagger UI; the page itself is one of package portal.
func (h *Handlers) SwaggerAsset(w http.ResponseWriter, r *http.Request) error {
	file := r.PathValue("file")
	if !swaggerAssets[file] {
		return web.NotFound()
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	h.swagger.ServeHTTP(w, r)
	return nil
}
