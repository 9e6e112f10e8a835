package apidoc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v4"
)

// validate checks the document against the specification. A document that the library can't
// load is refused; other violations are only reported, since Swagger UI shows it anyway.
func (r *reader) validate() {
	defer func() {
		if p := recover(); p != nil {
			r.warn(0, "The document could not be checked completely.")
		}
	}()
	if slices.ContainsFunc(r.out.Findings, func(f Finding) bool { return f.Fatal }) {
		return // the library would fail at the same place, without a line
	}
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = false
	doc, err := loader.LoadFromData(r.out.JSON)
	if err != nil {
		_, problem, _ := strings.Cut(err.Error(), "json error: ")
		problem, _, _ = strings.Cut(problem, ", yaml error")
		if problem == "" {
			problem = err.Error()
		}
		r.fatal(0, "The document can't be read as OpenAPI: %s.", problem)
		return
	}
	err = doc.Validate(context.Background(), openapi3.EnableMultiError(), openapi3.DisableExamplesValidation(),
		openapi3.DisableSchemaPatternValidation(), openapi3.DisableSchemaDefaultsValidation())
	var several openapi3.MultiError
	if !errors.As(err, &several) && err != nil {
		several = openapi3.MultiError{err}
	}
	for _, one := range several {
		line, text := r.locate(one)
		r.warn(line, "%s", text)
	}
	slices.SortStableFunc(r.out.Findings, func(a, b Finding) int { return a.Line - b.Line })
}

// locate returns the line of the path or operation that an error is in, and the error's text.
func (r *reader) locate(err error) (line int, text string) {
	paths := child(r.root, "paths")
	var path, method string
	var inPath *openapi3.PathValidationError
	var inOperation *openapi3.OperationValidationError
	var parameters *openapi3.PathParametersError
	switch {
	case errors.As(err, &parameters):
		path, method = parameters.Path, parameters.Method
	case errors.As(err, &inPath):
		path = inPath.Path
		if errors.As(err, &inOperation) {
			method = inOperation.Method
		}
	}
	if path == "" {
		return 0, err.Error()
	}
	words := err
	for inner := errors.Unwrap(words); inner != nil && isWrapperError(words); inner = errors.Unwrap(words) {
		words = inner
	}
	text = words.Error()
	each(paths, func(key, item *yaml.Node) {
		if key.Value != path {
			return
		}
		line = key.Line
		text = fmt.Sprintf("%s: %s", path, text)
		each(item, func(key, _ *yaml.Node) {
			if method != "" && strings.EqualFold(key.Value, method) {
				line, text = key.Line, strings.ToUpper(method)+" "+text
			}
		})
	})
	return line, text
}

// isWrapperError says whether an error only says where another one is.
func isWrapperError(err error) bool {
	switch err.(type) {
	case *openapi3.SectionValidationError, *openapi3.PathValidationError, *openapi3.OperationValidationError:
		return true
	}
	return false
}
