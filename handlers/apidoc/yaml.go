package apidoc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// yamlReader makes a tree from what the YAML library reads. Scalars are those of YAML 1.2's core schema. What an alias
// stands for is read once and shared, and counted each time.
type yamlReader struct {
	ctx    context.Context
	text   string
	known  map[*yaml.Node]*measured
	values int
	report reporter
}

// measured is what an alias can stand for; nil while it is read.
type measured struct {
	*node
	values, depth int
}

// stoppableReader ends the YAML library's work when the context ends.
type stoppableReader struct {
	ctx context.Context
	io.Reader
}

func (s *stoppableReader) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.Reader.Read(p)
}

// parseYAML returns the tree of a text; its error is a *broken or the context's. It reports what it leaves out or changes.
func parseYAML(ctx context.Context, text string, report reporter) (*node, error) {
	// The library needs far more memory for a value than the text, so there must not be too many to begin with.
	if strings.Count(text, ",")+strings.Count(text, "\n")+strings.Count(text, "- ") > maxValues {
		return nil, tooMany(1)
	}
	y := &yamlReader{ctx: ctx, text: text, known: map[*yaml.Node]*measured{}, report: report}
	// The library knows version 1.1 alone, and reads 1.2 all the same.
	text = directive.ReplaceAllString(text, "${1}#YAML 1.")
	decoder := yaml.NewDecoder(&stoppableReader{ctx, strings.NewReader(text)})
	var document, second yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) || err == nil && len(document.Content) == 0 {
		return nil, &broken{1, empty}
	} else if err != nil {
		return nil, y.bad(err)
	}
	switch err := decoder.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, y.bad(err)
	case len(second.Content) == 1 && !isNothing(second.Content[0]):
		return nil, &broken{second.Content[0].Line, "A second document starts here, after ---. Upload one document at a time: remove --- and what follows, or join both."}
	}
	all, err := y.value(document.Content[0], 0)
	if err != nil {
		return nil, err
	}
	return all.node, nil
}

var directive = regexp.MustCompile(`\A((?:[ \t]*(?:#.*)?\r?\n)*)%YAML 1\.`)

func isNothing(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0 }

// bad says in our words what the library found.
func (y *yamlReader) bad(err error) error {
	if e := y.ctx.Err(); e != nil {
		return e
	}
	line := 0
	if at := new(yaml.LoadError); errors.As(err, &at) {
		line = at.Mark.Line
	}
	all := strings.Split(y.text, "\n")
	line = min(max(line, 1), len(all))
	shown := all[line-1]
	for i := line - 1; i >= 0 && strings.TrimSpace(shown) == ""; i-- {
		shown = all[i]
	}
	indent := shown[:len(shown)-len(strings.TrimLeft(shown, " \t"))]
	name := unknownAnchor.FindStringSubmatch(err.Error())
	switch {
	case name != nil:
		return &broken{line, fmt.Sprintf("This isn't well-formed YAML. The alias *%s has no anchor before it. Write &%[1]s in front of what it stands for, or quotes around a text that starts with *.", truncate(name[1], 60))}
	case strings.Contains(indent, "\t"):
		return &broken{line, fmt.Sprintf("This isn't well-formed YAML. The line %q starts with a tab. Indent with spaces.", truncate(strings.TrimSpace(shown), 60))}
	}
	return &broken{line, fmt.Sprintf("This isn't well-formed YAML at %q. Check the indentation, brackets and quotes here and in the lines above, and write texts with : or # in quotes.", truncate(strings.TrimSpace(shown), 60))}
}

var unknownAnchor = regexp.MustCompile(`unknown anchor '([^']*)'`)

// value returns the tree of a node, which nests so deep.
func (y *yamlReader) value(n *yaml.Node, depth int) (*measured, error) {
	if err := y.ctx.Err(); err != nil {
		return nil, err
	}
	alias := n
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	known, read := y.known[n]
	switch {
	case read && known == nil:
		return nil, &broken{alias.Line, fmt.Sprintf("The alias *%s stands for something that contains it, so the document would nest deeper than %d levels. Write out what you mean.", truncate(alias.Value, 60), maxDepth)}
	case read:
		if y.values += known.values; y.values > maxValues {
			return nil, tooMany(alias.Line)
		}
	default:
		if y.values++; y.values > maxValues {
			return nil, tooMany(n.Line)
		}
		if n.Anchor != "" {
			y.known[n] = nil
		}
		made, err := y.made(n, depth)
		if err != nil {
			return nil, err
		}
		if known = made; n.Anchor != "" {
			y.known[n] = known
		}
	}
	if depth+known.depth > maxDepth {
		return nil, tooDeep(alias.Line)
	}
	return known, nil
}

// made makes the tree of a node that isn't known yet.
func (y *yamlReader) made(n *yaml.Node, depth int) (*measured, error) {
	if depth > maxDepth {
		return nil, tooDeep(n.Line)
	}
	out := &measured{&node{line: int32(n.Line)}, 1, 0}
	add := func(c *yaml.Node) error {
		v, err := y.value(c, depth+1)
		if err != nil {
			return err
		}
		out.items = append(out.items, v.node)
		out.values, out.depth = out.values+v.values, max(out.depth, v.depth+1)
		return nil
	}
	switch n.Kind {
	case yaml.SequenceNode:
		out.kind = list
		for _, c := range n.Content {
			if err := add(c); err != nil {
				return nil, err
			}
		}
	case yaml.MappingNode:
		out.kind = object
		var merged []*yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind == yaml.AliasNode {
				key = key.Alias
			}
			switch {
			case key.Kind != yaml.ScalarNode:
				return nil, &broken{n.Content[i].Line, "A key is an object or a list here. Write a text as the key."}
			case key.ShortTag() == "!!merge":
				merged = append(merged, n.Content[i+1])
				continue
			}
			out.items = append(out.items, newText(key.Value, n.Content[i].Line))
			y.values++
			out.values++
			if err := add(n.Content[i+1]); err != nil {
				return nil, err
			}
		}
		twice(out.node, y.report)
		for _, m := range merged {
			if err := y.merge(out, m, depth); err != nil {
				return nil, err
			}
		}
	default:
		y.scalar(out.node, n)
	}
	return out, nil
}

// merge adds the members of what follows << to an object, except for those that it has.
func (y *yamlReader) merge(into *measured, from *yaml.Node, depth int) error {
	list := []*yaml.Node{from}
	if from.Kind == yaml.SequenceNode {
		list = from.Content
	}
	has := map[string]bool{}
	into.each(func(key, _ *node) { has[key.value] = true })
	for _, one := range list {
		v, err := y.value(one, depth)
		if err != nil {
			return err
		}
		if !v.is(object) {
			return &broken{one.Line, "What follows << must be an object, an alias of one, or a list of aliases, such as <<: *common."}
		}
		v.each(func(key, value *node) {
			if !has[key.value] {
				has[key.value] = true
				into.items = append(into.items, key, value)
			}
		})
		into.values, into.depth = into.values+v.values, max(into.depth, v.depth)
	}
	return nil
}

var (
	coreNumber = regexp.MustCompile(`^([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?)$`)
	notInJSON  = regexp.MustCompile(`^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$`)
)

// scalar makes a scalar of YAML 1.2's core schema; anything else, such as a date, is the text that it is written as.
func (y *yamlReader) scalar(out *node, n *yaml.Node) {
	out.kind, out.value = text, n.Value
	tagged := n.Style&yaml.TaggedStyle != 0
	out.plain = !tagged && n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	switch tag := n.ShortTag(); {
	case !out.plain && (!tagged || tag == "!!str"):
		return
	case tagged && tag != "!!null" && tag != "!!bool" && tag != "!!int" && tag != "!!float":
		return
	}
	switch n.Value {
	case "", "~", "null", "Null", "NULL":
		out.kind = null
	case "true", "True", "TRUE", "false", "False", "FALSE":
		out.kind = boolean
	default:
		if coreNumber.MatchString(n.Value) {
			out.kind = number
		} else if notInJSON.MatchString(n.Value) {
			y.report(n.Line, false, "JSON has no number %s, so it became the text %q. Write a number, or quotes around it.", n.Value, n.Value)
		}
	}
}
