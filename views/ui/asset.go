package ui

import "context"

type assetKey struct{}

// WithAsset returns a context in which components find static files by url, which turns a name such as "icons.svg"
// into its address with the content hash. layout calls it once a page.
func WithAsset(ctx context.Context, url func(string) string) context.Context {
	return context.WithValue(ctx, assetKey{}, url)
}

// Asset is the address of a static file; outside a layout (in tests) it is /static/ and the name.
func Asset(ctx context.Context, name string) string {
	if url, ok := ctx.Value(assetKey{}).(func(string) string); ok && url != nil {
		return url(name)
	}
	return "/static/" + name
}
