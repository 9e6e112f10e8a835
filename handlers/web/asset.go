package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"github.com/vearutop/statigz"
)

// assets serves the static files under a path with the hash of all of them, so that browsers can keep
// them forever and modules can import each other by relative paths.
type assets struct {
	prefix string
	server http.Handler
}

func newAssets(files fs.FS) (*assets, error) {
	tree, ok := files.(fs.ReadDirFS)
	if !ok {
		return nil, fmt.Errorf("web: the static files can't be listed")
	}
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(files, path)
		fmt.Fprintf(sum, "%s %d\n", path, len(body))
		sum.Write(body)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("web: static files: %w", err)
	}
	prefix := "/static/" + hex.EncodeToString(sum.Sum(nil))[:12] + "/"
	return &assets{prefix, http.StripPrefix(prefix, statigz.FileServer(tree, statigz.EncodeOnInit))}, nil
}

// Asset returns the path of a static file.
func (e *Edge) Asset(name string) string { return e.assets.prefix + name }

// ServeAsset answers with a static file. Only the path with the current hash is immutable; that of an
// older page gets 404.
func (e *Edge) ServeAsset(w http.ResponseWriter, r *http.Request) error {
	name, ok := strings.CutPrefix(r.URL.Path, e.assets.prefix)
	if !ok {
		return NotFound()
	}
	if info, err := fs.Stat(e.Static, name); err != nil || info.IsDir() {
		return NotFound()
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	e.assets.server.ServeHTTP(w, r)
	return nil
}

// ServeIcon redirects /favicon.ico to the icon.
func (e *Edge) ServeIcon(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, e.Asset("favicon.svg"), http.StatusFound)
	return nil
}

// File wraps the handler of a file: no session, and a policy that lets an error page load nothing.
func (e *Edge) File(h HandlerFunc) http.Handler {
	return e.adapt(func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		return h(w, r)
	}, e.WritePage)
}
