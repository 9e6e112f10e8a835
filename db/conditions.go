package db

import (
	"strconv"
	"strings"
)

// conditions is a WHERE clause in the making, with its arguments from $1 on.
type conditions struct {
	text []string
	args []any
}

// arg adds an argument and returns its placeholder.
func (c *conditions) arg(value any) string {
	c.args = append(c.args, value)
	return place(len(c.args))
}

// and adds a condition, in which every ? stands for the value.
func (c *conditions) and(text string, value any) {
	c.text = append(c.text, strings.ReplaceAll(text, "?", c.arg(value)))
}

// in adds that a column has one of the values; with no values, nothing matches.
func (c *conditions) in(column string, values []string) {
	c.text = append(c.text, column+" IN ("+places(len(c.args), len(values))+")")
	for _, v := range values {
		c.args = append(c.args, v)
	}
}

func (c *conditions) String() string {
	if len(c.text) == 0 {
		return "TRUE"
	}
	return strings.Join(c.text, " AND ")
}

// place returns the placeholder of the n-th argument.
func place(n int) string { return "$" + strconv.Itoa(n) }

// places returns the placeholders of n arguments that follow the first had ones, or NULL if n is
// 0.
func places(had, n int) string {
	if n == 0 {
		return "NULL"
	}
	list := make([]string, n)
	for i := range list {
		list[i] = place(had + i + 1)
	}
	return strings.Join(list, ", ")
}

// escapeLike escapes the characters that are special to LIKE.
var escapeLike = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// folded returns text in lower case, in every script. It is stored for searches, since SQLite's
// LOWER knows only ASCII, and PostgreSQL's what its locale knows.
func folded(text string) string { return strings.ToLower(text) }

// containing returns the LIKE pattern, for use with ESCAPE '\', of folded text that contains
// part.
func containing(part string) string { return "%" + escapeLike.Replace(folded(part)) + "%" }
