package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// vendorFolders are the folders of the iotconnect dialect, in lower case. That vendor's server ignores
// the case of a path and one slash at its end, and its clients write both.
var vendorFolders = []string{"/api/v1.1", "/api/v2", "/api/v2.1", "/api/uisdk"}

// ofVendor reports whether a path is of the iotconnect dialect.
func ofVendor(path string) bool {
	path = strings.ToLower(path)
	return slices.ContainsFunc(vendorFolders, func(folder string) bool { return under(path, folder) })
}

// spellings are the paths of the vendor's routes, as they are spelled in the table, by segment.
type spellings struct {
	fixed    map[string]*spelled // by the segment in lower case
	wildcard *spellings
}

// spelled is a segment as the table has it, and what follows it.
type spelled struct {
	segment string
	next    *spellings
}

// add adds the path of a pattern.
func (s *spellings) add(path string) {
	for segment := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if strings.HasPrefix(segment, "{") {
			if s.wildcard == nil {
				s.wildcard = &spellings{}
			}
			s = s.wildcard
			continue
		}
		if s.fixed == nil {
			s.fixed = map[string]*spelled{}
		}
		next := s.fixed[strings.ToLower(segment)]
		if next == nil {
			next = &spelled{segment, &spellings{}}
			s.fixed[strings.ToLower(segment)] = next
		}
		s = next.next
	}
}

// find returns segments as the table spells them, or nil if it has no such path. A fixed segment goes
// before a wildcard, as in http.ServeMux.
func (s *spellings) find(segments []string) []string {
	if len(segments) == 0 {
		return []string{}
	}
	name, err := url.PathUnescape(segments[0])
	if err != nil {
		return nil
	}
	if next := s.fixed[strings.ToLower(name)]; next != nil {
		if rest := next.next.find(segments[1:]); rest != nil {
			return append([]string{next.segment}, rest...)
		}
	}
	if s.wildcard != nil && segments[0] != "" {
		if rest := s.wildcard.find(segments[1:]); rest != nil {
			return append([]string{segments[0]}, rest...)
		}
	}
	return nil
}

// respell returns the request with its path as the table spells it, if it is one of the vendor's.
func (s *spellings) respell(r *http.Request) *http.Request {
	if !ofVendor(r.URL.Path) {
		return r
	}
	path := strings.TrimSuffix(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	found := s.find(strings.Split(path, "/"))
	if found == nil {
		return r
	}
	escaped := "/" + strings.Join(found, "/")
	plain, err := url.PathUnescape(escaped)
	if err != nil {
		return r
	}
	again, at := *r, *r.URL
	at.Path, at.RawPath = plain, escaped
	again.URL = &at
	return &again
}
