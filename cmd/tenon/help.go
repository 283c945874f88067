package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// help writes a command's help: what it does, how it is called, examples, what it holds, its flags. Global flags are
// listed once, at the root.
func (a *app) help(cmd *cobra.Command, _ []string) {
	c := a.con
	c.noColor = c.noColor || a.flags.noColor
	head := func(s string) { c.print("\n%s\n", c.onOut(bold, s)) }
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	c.print("%s\n", reflow(strings.TrimRight(text, "\n"), helpWidth))
	if cmd.Runnable() || cmd.HasAvailableSubCommands() {
		head("Usage")
		use := strings.TrimSuffix(cmd.UseLine(), " [flags]")
		if cmd.HasAvailableSubCommands() && !strings.Contains(cmd.Use, " ") {
			use = cmd.CommandPath() + " COMMAND"
		}
		c.print("  %s\n", use)
	}
	if cmd.Example != "" {
		head("Examples")
		c.print("%s\n", strings.TrimRight(cmd.Example, "\n"))
	}
	a.helpCommands(cmd, head)
	a.helpFlags(cmd, head)
	if cmd.HasAvailableSubCommands() {
		c.print("\n%s\n", c.onOut(dim, fmt.Sprintf("`%s COMMAND --help` says more about a command.", cmd.CommandPath())))
	}
}

// helpCommands lists the commands below cmd, by group at the root.
func (a *app) helpCommands(cmd *cobra.Command, head func(string)) {
	width := 0
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() || sub.IsAdditionalHelpTopicCommand() {
			width = max(width, len(sub.Name()))
		}
	}
	list := func(title string, take func(*cobra.Command) bool) {
		any := false
		for _, sub := range cmd.Commands() {
			if !(sub.IsAvailableCommand() || sub.IsAdditionalHelpTopicCommand()) || !take(sub) {
				continue
			}
			if !any {
				head(title)
				any = true
			}
			a.helpLine(width, sub.Name(), sub.Short)
		}
	}
	if len(cmd.Groups()) == 0 {
		list("Commands", func(*cobra.Command) bool { return true })
		return
	}
	for _, g := range cmd.Groups() {
		list(g.Title, func(sub *cobra.Command) bool { return sub.GroupID == g.ID })
	}
}

// helpFlags lists the command's own flags and, at the root, the global ones.
func (a *app) helpFlags(cmd *cobra.Command, head func(string)) {
	flags := cmd.NonInheritedFlags()
	title := "Flags"
	if !cmd.HasParent() {
		title = "Global flags"
	}
	var lines [][2]string
	width := 0
	flags.SortFlags = false
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" || f.Name == "version" {
			return
		}
		name := "    --" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", --" + f.Name
		}
		kind, usage := pflag.UnquoteUsage(f)
		switch kind {
		case "":
		case "int", "int32", "int64", "float", "float64":
			name += " number"
		default:
			name += " " + kind
		}
		switch f.DefValue {
		case "", "false", "0", "[]", "0s":
		default:
			usage += fmt.Sprintf(" (default %s)", f.DefValue)
		}
		lines, width = append(lines, [2]string{name, usage}), max(width, len(name))
	})
	if len(lines) == 0 {
		return
	}
	head(title)
	for _, l := range lines {
		a.helpLine(width, l[0], l[1])
	}
}

// helpWidth is how many columns help takes at most: those of the smallest terminal in use. Longer lines are hard to
// read on any.
const helpWidth = 80

// helpLine writes one name and what it means; what goes past helpWidth continues below its beginning.
func (a *app) helpLine(width int, name, text string) {
	margin := strings.Repeat(" ", 2+width+2)
	lines := strings.Split(reflow(text, helpWidth-len(margin)), "\n")
	a.con.print("  %s  %s\n", a.con.onOut(cyan, fmt.Sprintf("%-*s", width, name)), strings.Join(lines, "\n"+margin))
}

// fold breaks the lines of text between words, where a terminal of width columns, of which margin are taken, would break
// them within one, and takes control characters out. Of no terminal (width 0) all stays as it is.
func fold(text string, width, margin int) string {
	if width == 0 {
		return text
	}
	lines := strings.Split(harmless(text), "\n")
	for i, line := range lines {
		if utf8.RuneCountInString(line) > width-margin {
			lines[i] = reflow(line, max(width-margin, leastFold))
		}
	}
	return strings.Join(lines, "\n")
}

// leastFold is the narrowest column that text is broken into.
const leastFold = 20

// reflow breaks paragraphs anew, so that no line is longer than width columns where words allow it. Lines that begin
// with a space stay as they are: they are examples and lists.
func reflow(text string, width int) string {
	var b strings.Builder
	column := 0 // 0: at the beginning of a line
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" || line[0] == ' ' {
			if column > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(line + "\n")
			column = 0
			continue
		}
		for word := range strings.FieldsSeq(line) {
			switch n := utf8.RuneCountInString(word); {
			case column == 0:
				column = n
			case column+1+n > width:
				b.WriteByte('\n')
				column = n
			default:
				b.WriteByte(' ')
				column += 1 + n
			}
			b.WriteString(word)
		}
	}
	return strings.TrimRight(b.String(), "\n")
}
