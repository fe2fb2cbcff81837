// Evaluates the expressions of expressions.txt with OpenTofu's own expression language and functions, and writes what each
// comes to, one JSON object per line. Used as a library only; see README.md.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/opentofu/opentofu/internal/builtin/providers/tf"
	"github.com/opentofu/opentofu/internal/lang"
	"github.com/opentofu/opentofu/internal/lang/marks"
	"github.com/opentofu/opentofu/internal/providers"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	context := prelude("prelude.tf")
	out, err := os.Create("results.jsonl")
	check(err)
	writer := bufio.NewWriter(out)
	fmt.Fprintln(writer, versions())
	for _, text := range expressions("expressions.txt") {
		line, err := encode(result(text, context))
		check(err)
		fmt.Fprintln(writer, line)
	}
	check(writer.Flush())
	check(out.Close())
}

func encode(value any) (string, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return strings.TrimSuffix(buffer.String(), "\n"), err
}

func versions() string {
	info, _ := debug.ReadBuildInfo()
	found := map[string]string{"go": info.GoVersion}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = &debug.Module{Path: module.Path, Version: module.Replace.Path + "@" + module.Replace.Version}
		}
		switch module.Path {
		case "github.com/opentofu/opentofu", "github.com/hashicorp/hcl/v2", "github.com/zclconf/go-cty", "github.com/zclconf/go-cty-yaml":
			found[module.Path] = module.Version
		}
	}
	line, err := encode(map[string]any{"versions": found})
	check(err)
	return line
}

// One expression per line; several lines stand between `<<<` and `>>>`.
func expressions(path string) []string {
	text, err := os.ReadFile(path)
	check(err)
	var all []string
	var block []string
	inside := false
	for _, line := range strings.Split(string(text), "\n") {
		switch {
		case line == "<<<":
			inside, block = true, nil
		case line == ">>>":
			inside = false
			all = append(all, strings.Join(block, "\n")+"\n")
		case inside:
			block = append(block, line)
		case line != "" && !strings.HasPrefix(line, "#"):
			all = append(all, line)
		}
	}
	return all
}

// Functions, and the variables and locals that prelude.tf declares. A variable without default is unknown.
func prelude(path string) *hcl.EvalContext {
	source, err := os.ReadFile(path)
	check(err)
	file, diags := hclsyntax.ParseConfig(source, path, hcl.InitialPos)
	fail(diags)
	scope := &lang.Scope{BaseDir: ".", PureOnly: true}
	context := &hcl.EvalContext{Functions: map[string]function.Function{}, Variables: map[string]cty.Value{}}
	for name, function := range scope.Functions() {
		context.Functions[name] = function
	}
	for name, function := range pure() {
		context.Functions["provider::terraform::"+name] = function
	}
	context.Functions["timestamp"] = function.Unpredictable(context.Functions["timestamp"])
	context.Variables["path"] = cty.ObjectVal(map[string]cty.Value{
		"module": cty.StringVal("."), "root": cty.StringVal("."), "cwd": cty.StringVal("."),
	})
	variables := map[string]cty.Value{}
	locals := map[string]cty.Value{}
	for _, block := range file.Body.(*hclsyntax.Body).Blocks {
		switch block.Type {
		case "variable":
			variables[block.Labels[0]] = variable(block.Body, context)
			context.Variables["var"] = cty.ObjectVal(variables)
		case "locals":
			for name, attribute := range block.Body.Attributes {
				value, diags := attribute.Expr.Value(context)
				fail(diags)
				locals[name] = value
			}
			context.Variables["local"] = cty.ObjectVal(locals)
		}
	}
	return context
}

// The functions of the built-in provider.
func pure() map[string]function.Function {
	out := map[string]function.Function{}
	provider := tf.NewProvider()
	schema := provider.GetFunctions(nil)
	for name, spec := range schema.Functions {
		params := []function.Parameter{}
		for _, parameter := range spec.Parameters {
			params = append(params, function.Parameter{
				Name: parameter.Name, Type: parameter.Type, AllowNull: parameter.AllowNullValue, AllowUnknown: parameter.AllowUnknownValues,
			})
		}
		out[name] = function.New(&function.Spec{
			Params: params,
			Type:   function.StaticReturnType(spec.Return),
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				response := provider.CallFunction(nil, providers.CallFunctionRequest{Name: name, Arguments: args})
				if response.Error != nil {
					return cty.DynamicVal, response.Error
				}
				return response.Result, nil
			},
		})
	}
	return out
}

func variable(body *hclsyntax.Body, context *hcl.EvalContext) cty.Value {
	want, defaults := cty.DynamicPseudoType, (*typeexpr.Defaults)(nil)
	if attribute, ok := body.Attributes["type"]; ok {
		var diags hcl.Diagnostics
		want, defaults, diags = typeexpr.TypeConstraintWithDefaults(attribute.Expr)
		fail(diags)
	}
	flag := func(name string, otherwise bool) bool {
		if attribute, ok := body.Attributes[name]; ok {
			value, diags := attribute.Expr.Value(nil)
			fail(diags)
			return value.True()
		}
		return otherwise
	}
	value := cty.UnknownVal(want.WithoutOptionalAttributesDeep())
	if attribute, ok := body.Attributes["default"]; ok {
		var diags hcl.Diagnostics
		value, diags = attribute.Expr.Value(nil)
		fail(diags)
		if defaults != nil && !value.IsNull() {
			value = defaults.Apply(value)
		}
		var err error
		value, err = convert.Convert(value, want)
		check(err)
	} else if !flag("nullable", true) {
		value = value.RefineNotNull()
	}
	if flag("sensitive", false) {
		value = value.Mark(marks.Sensitive)
	}
	return value
}

func fail(diags hcl.Diagnostics) {
	if diags.HasErrors() {
		check(diags)
	}
}

type answer struct {
	Expression string `json:"expression"`
	Value      any    `json:"value,omitempty"`
	Type       string `json:"type,omitempty"`
	Unknown    bool   `json:"unknown,omitempty"`
	Prefix     string `json:"prefix,omitempty"`
	Sensitive  bool   `json:"sensitive,omitempty"`
	Error      string `json:"error,omitempty"`
}

func result(text string, context *hcl.EvalContext) (out answer) {
	out.Expression = text
	expression, diags := hclsyntax.ParseExpression([]byte(text), "e", hcl.InitialPos)
	if diags.HasErrors() {
		out.Error = "syntax"
		return
	}
	value, diags := expression.Value(context)
	if diags.HasErrors() {
		out.Error = diags.Errs()[0].(*hcl.Diagnostic).Summary
		return
	}
	out.Sensitive = marks.Contains(value, marks.Sensitive)
	value, _ = value.UnmarkDeep()
	out.Type = typeexpr.TypeString(value.Type())
	if !value.IsKnown() {
		out.Unknown = true
		if value.Type() == cty.String && value.Range().StringPrefix() != "" {
			out.Prefix = value.Range().StringPrefix()
		}
		return
	}
	out.Value = plain(value)
	return
}

// The value as JSON, with {"?": true} for what is unknown inside. Numbers keep their digits.
func plain(value cty.Value) any {
	kind := value.Type()
	switch {
	case !value.IsKnown():
		return map[string]any{"?": true}
	case value.IsNull():
		return json.RawMessage("null")
	case kind.IsListType() || kind.IsSetType() || kind.IsTupleType():
		items := []any{}
		for _, item := range value.AsValueSlice() {
			items = append(items, plain(item))
		}
		return items
	case kind.IsMapType() || kind.IsObjectType():
		entries := map[string]any{}
		for name, item := range value.AsValueMap() {
			entries[name] = plain(item)
		}
		return entries
	case kind.IsCapsuleType():
		return "(capsule)"
	}
	text, err := ctyjson.Marshal(value, kind)
	if err != nil {
		return "(infinity)"
	}
	return json.RawMessage(text)
}
