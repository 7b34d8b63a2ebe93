using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;

namespace Exchange.Cli.Tests.Terminal;

public sealed class JsonTextTests
{
    [Theory]
    [InlineData("""null""", "")]
    [InlineData("""["a", "b"]""", "a, b")]
    [InlineData("""{"kinds": ["x", "y"], "regions": [], "note": null}""", "kinds: [x, y]")]
    [InlineData("""{"min_units": 10, "dominance": {"n": 2, "percent": 90}, "round_to": 0}""", "min units: 10, dominance: {n: 2, percent: 90}, round to: 0")]
    [InlineData("""[{"a": 1}, {"a": 2}]""", "a: 1\na: 2")]
    public void Nested_values_show_where_they_end(string json, string text) => Assert.Equal(text, JsonText.Of(JsonNode.Parse(json)));
}
