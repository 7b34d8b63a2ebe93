using System.Globalization;
using System.Text;
using CsCheck;
using Exchange.Engines.Publishing.RowHashes;

namespace Exchange.Engines.Tests.Publishing.RowHashes;

public sealed class ValueHashTests
{
    private static readonly RowHashKey Key = new(1, 2);

    [Theory]
    [InlineData("1.50", "1.5", "+1.5", "01.5", "15e-1", "0.15E+01")]
    [InlineData("0", "-0", "0.0", ".0", "000", "0e5", "false", "FALSE")]
    [InlineData("1", "true", "True", "1.0")]
    [InlineData("1200", "1.2e3", "1200.")]
    [InlineData("0.00001", "1e-05", "1E-5")]
    [InlineData("0.1", "0.10000000000000001")]
    [InlineData("-9223372036854775808", "-09223372036854775808")]
    [InlineData("2024-03-04 05:06:07", "2024-03-04T05:06:07Z", "2024-03-04T05:06:07.000")]
    [InlineData("2024-03-04 05:06:07.5", "2024-03-04T05:06:07.500Z")]
    public void A_value_is_one_however_it_is_written(params string[] texts) => Assert.Single(texts.Select(Of).Distinct());

    [Theory]
    [InlineData("1", "-1", "10", "0.1", "2", "1e", "e1", "1e1e1", "1-1", "--1", ".", "-")]
    [InlineData("w1", "w10", "W1", " w1", "w1 ")]
    [InlineData("2024-03-04", "2024-03-05", "2024-03-04 00:00:01", "04.03.2024")]
    [InlineData("9223372036854775806", "9223372036854775807", "99999999999999999901", "99999999999999999902")]
    [InlineData("true", "false", "", "truth", "null")]
    public void Different_values_differ(params string[] texts) => Assert.Equal(texts.Length, texts.Select(Of).Distinct().Count());

    [Fact]
    public void Nothing_is_nothing() => Assert.Equal(0UL, Of(""));

    [Fact]
    public void A_double_is_found_in_its_shortest_and_its_longest_form() => Gen.Double[-1e6, 1e6].Sample(number =>
        Of(number.ToString("R", CultureInfo.InvariantCulture)) == Of(number.ToString("E16", CultureInfo.InvariantCulture)) || Rounds(number));

    // The shortest and the longest form of a double that lies at the middle of two numbers of 15 digits may round apart.
    private static bool Rounds(double number) =>
        number.ToString("E14", CultureInfo.InvariantCulture) != decimal.Parse(number.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture).ToString("E14", CultureInfo.InvariantCulture);

    private static ulong Of(string text) => ValueHash.Of(Key, Encoding.UTF8.GetBytes(text));
}
