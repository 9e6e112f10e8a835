package words

import "testing"

func TestList(t *testing.T) {
	for want, names := range map[string][]string{
		"": nil, "a": {"a"}, "a and b": {"a", "b"}, "a, b and c": {"a", "b", "c"}, "a, b, c and 2 more": {"a", "b", "c", "d", "e"},
	} {
		if got := List(names, 3); got != want {
			t.Errorf("List(%q, 3) = %q, want %q", names, got, want)
		}
	}
}
