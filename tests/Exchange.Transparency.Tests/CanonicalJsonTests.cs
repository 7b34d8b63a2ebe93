using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Exchange.Transparency.Tests;

/// <summary>The examples of RFC 8785.</summary>
public sealed class CanonicalJsonTests
{
    [Fact]
    public void The_sample_of_section_3_2_2_is_written_as_section_3_2_4_says()
    {
        const string input = """
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """;
        const string output = "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
            + "\"string\":\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}";

        Assert.Equal(output, Canonical(input));
    }

    [Fact]
    public void Members_are_sorted_by_their_utf16_code_units()
    {
        // Section 3.2.3. The surrogates of the smiley sort before U+FB33, as code points would not.
        const string input = """
            {
              "\u20ac": "Euro Sign",
              "\r": "Carriage Return",
              "\ufb33": "Hebrew Letter Dalet With Dagesh",
              "1": "One",
              "\ud83d\ude00": "Emoji: Grinning Face",
              "\u0080": "Control",
              "\u00f6": "Latin Small Letter O With Diaeresis"
            }
            """;
        var canonical = JsonNode.Parse(Canonical(input))!.AsObject();

        Assert.Equal(
            ["Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign", "Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh"],
            canonical.Select(member => member.Value!.GetValue<string>()));
    }

    [Theory]
    [InlineData("0000000000000000", "0")]
    [InlineData("8000000000000000", "0")]
    [InlineData("0000000000000001", "5e-324")]
    [InlineData("8000000000000001", "-5e-324")]
    [InlineData("7fefffffffffffff", "1.7976931348623157e+308")]
    [InlineData("ffefffffffffffff", "-1.7976931348623157e+308")]
    [InlineData("4340000000000000", "9007199254740992")]
    [InlineData("c340000000000000", "-9007199254740992")]
    [InlineData("4430000000000000", "295147905179352830000")]
    [InlineData("44b52d02c7e14af5", "9.999999999999997e+22")]
    [InlineData("44b52d02c7e14af6", "1e+23")]
    [InlineData("44b52d02c7e14af7", "1.0000000000000001e+23")]
    [InlineData("444b1ae4d6e2ef4e", "999999999999999700000")]
    [InlineData("444b1ae4d6e2ef4f", "999999999999999900000")]
    [InlineData("444b1ae4d6e2ef50", "1e+21")]
    [InlineData("3eb0c6f7a0b5ed8c", "9.999999999999997e-7")]
    [InlineData("3eb0c6f7a0b5ed8d", "0.000001")]
    [InlineData("41b3de4355555553", "333333333.3333332")]
    [InlineData("41b3de4355555554", "333333333.33333325")]
    [InlineData("41b3de4355555555", "333333333.3333333")]
    [InlineData("41b3de4355555556", "333333333.3333334")]
    [InlineData("41b3de4355555557", "333333333.33333343")]
    [InlineData("becbf647612f3696", "-0.0000033333333333333333")]
    [InlineData("43143ff3c1cb0959", "1424953923781206.2")]
    public void Numbers_are_printed_as_in_appendix_B(string bits, string expected) =>
        Assert.Equal(expected, CanonicalJson.FormatNumber(BitConverter.Int64BitsToDouble(long.Parse(bits, NumberStyles.HexNumber, CultureInfo.InvariantCulture))));

    [Theory]
    [InlineData("7fffffffffffffff")]
    [InlineData("7ff0000000000000")]
    public void What_is_no_number_is_refused(string bits) =>
        Assert.Throws<ArgumentException>(() => CanonicalJson.FormatNumber(BitConverter.Int64BitsToDouble(long.Parse(bits, NumberStyles.HexNumber, CultureInfo.InvariantCulture))));

    [Theory]
    [InlineData("\b\f\n\r\t\"\\", "\"\\b\\f\\n\\r\\t\\\"\\\\\"")]
    [InlineData("\u0000\u001f", "\"\\u0000\\u001f\"")]
    [InlineData("/<>&'\u007f\u2028", "\"/<>&'\u007f\u2028\"")]
    [InlineData("织\ud83d\ude00", "\"织\ud83d\ude00\"")]
    public void Only_what_must_be_escaped_is(string text, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(CanonicalJson.Serialize(JsonValue.Create(text))));

    [Fact]
    public void A_lone_surrogate_is_refused() =>
        Assert.ThrowsAny<ArgumentException>(() => CanonicalJson.Serialize(JsonValue.Create("\ud83d")));

    [Fact]
    public void Values_built_and_values_parsed_give_the_same_bytes()
    {
        var built = new JsonObject { ["b"] = 1.5m, ["a"] = 7, ["c"] = new JsonArray(long.MaxValue / 1024 / 1024, true, null), ["d"] = 3.0 };

        Assert.Equal("""{"a":7,"b":1.5,"c":[8796093022207,true,null],"d":3}""", Encoding.UTF8.GetString(CanonicalJson.Serialize(built)));
        Assert.Equal(CanonicalJson.Serialize(built), CanonicalJson.Serialize(JsonNode.Parse(built.ToJsonString())));
    }

    private static string Canonical(string json) => Encoding.UTF8.GetString(CanonicalJson.Serialize(JsonNode.Parse(json)));
}
