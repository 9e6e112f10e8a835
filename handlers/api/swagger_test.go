package api

import (
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/swaggest/swgui/v5/static"
)

// oauth2-redirect.js must have the version of the Swagger UI that uses it.
func TestSwaggerRedirectIsOfTheVersionOfSwaggerUI(t *testing.T) {
	f, err := static.FS.Open("swagger-ui-bundle.js.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if version := `PACKAGE_VERSION:"5.29.0"`; !strings.Contains(string(bundle), version) {
		t.Errorf("swagger-ui-bundle.js has no %s: take oauth2-redirect.js from its version of the npm package swagger-ui-dist", version)
	}
	if !strings.Contains(string(swaggerRedirect), "swaggerUIRedirectOauth2") {
		t.Error("oauth2-redirect.js does not look for Swagger UI")
	}
}
