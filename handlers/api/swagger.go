package api

import (
	_ "embed"
	"net/http"

	"github.com/swaggest/swgui/v5/static"
	"github.com/vearutop/statigz"

	"gatepost/handlers/web"
)

// swaggerRedirect runs in the sign-in window that Swagger UI opens and hands the code to the page. It
// is oauth2-redirect.js of the npm package swagger-ui-dist 5.29.0 (Apache-2.0), which the Go module
// lacks.
//
//go:embed oauth2-redirect.js
var swaggerRedirect []byte

// swaggerAssets are the files of Swagger UI that the page /swagger-ui/index.html loads. The rest of that
// folder, its pages and a second build, is not served.
var swaggerAssets = map[string]bool{"swagger-ui.css": true, "swagger-ui-bundle.js": true}

func swaggerFiles() http.Handler {
	return http.StripPrefix("/swagger-ui", statigz.FileServer(static.FS))
}

// SwaggerAsset answers GET /swagger-ui/{file} with a file of Swagger UI. The page itself is in package
// portal.
func (h *Handlers) SwaggerAsset(w http.ResponseWriter, r *http.Request) error {
	file := r.PathValue("file")
	if file == "oauth2-redirect.js" {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		_, err := w.Write(swaggerRedirect)
		return err
	}
	if !swaggerAssets[file] {
		return web.NotFound()
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	h.swagger.ServeHTTP(w, r)
	return nil
}
