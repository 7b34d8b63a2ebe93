using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing.V1;
using Exchange.Query.Products;
using Google.Protobuf;

namespace Exchange.Query.Tests.Products;

/// <summary>Every rule of the product file, each broken by one change of a good product.</summary>
public sealed class ProductRulesTests
{
    [Fact]
    public void Good_product_has_its_columns_with_their_sources_and_bounds()
    {
        var product = Samples.Readings;

        Assert.Equal("readings/1", product.Id);
        Assert.Equal("worker_id", product.Unit!.Name);
        Assert.Equal(32, product.Hash.Length);
        Assert.Equal("kwh", product.Columns["kwh_band"].SourceName);
        Assert.Equal(TypeKind.Double, product.Columns["kwh_band"].Type.Kind);
        Assert.True(product.Columns["kwh_band"].Required);
        Assert.Equal(TypeKind.Double, product.Columns["cost"].Type.Kind);
        Assert.Equal(new Interval { Low = 0, High = 5e7 }, product.Columns["cost"].Bounds);
        Assert.Equal(Operator.Multiply, product.Columns["cost"].Derived!.Call.Operator);
        Assert.Null(Samples.Weather.Unit);
    }

    [Theory]
    [InlineData("kwh + price", 0, 100_500)]
    [InlineData("kwh - price", -100_000, 500)]
    [InlineData("-kwh * 2", -1_000, 0)]
    [InlineData("kwh / (units + 1)", 0, 500)]
    public void Derived_measure_has_the_bounds_of_its_arithmetic(string expression, double low, double high) =>
        Assert.Equal(new Interval { Low = low, High = high }, With(product => product.Derived[0].Expression = expression).Columns["cost"].Bounds);

    [Theory]
    [InlineData("kwh / units")]
    [InlineData("kwh * loss")]
    public void Derived_measure_without_finite_bounds_has_none(string expression) =>
        Assert.Null(With(product => product.Derived[0].Expression = expression).Columns["cost"].Bounds);

    public static TheoryData<string, string> Broken() => new(Breaks.Select(one => (one.Key, one.Value.Sentence)));

    [Theory]
    [MemberData(nameof(Broken))]
    public void Broken_rule_is_named(string rule, string sentence)
    {
        var error = Assert.Throws<ExchangeException>(() => With(Breaks[rule].Break));

        Assert.Equal(Reasons.ProductInvalid, error.Reason);
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Payload_that_is_no_product_is_refused()
    {
        var signed = new SignedBytes { Payload = ByteString.CopyFrom(0x0A, 0xFF) };

        Assert.Equal(Reasons.ProductInvalid, Assert.Throws<ExchangeException>(() => Product.From(signed)).Reason);
    }

    private static readonly Dictionary<string, (Action<ProductDefinition> Break, string Sentence)> Breaks = new()
    {
        ["name"] = (product => product.Name = "Readings", "The product's name"),
        ["major"] = (product => product.Major = 0, "major version"),
        ["title"] = (product => product.Title = new string('x', 501), "title"),
        ["no columns"] = (product => product.Columns.Clear(), "1 to 200 columns"),
        ["too many columns"] = (product => product.Columns.AddRange(Enumerable.Range(0, 200).Select(i => Samples.Dimension("c" + i, TypeKind.Int))), "1 to 200 columns"),
        ["empty name"] = (product => product.Columns[0].Name = "", "a name must have 1 to 128 characters"),
        ["control character"] = (product => product.Columns[0].Name = "a\nb", "control characters"),
        ["duplicate"] = (product => product.Columns.Add(Samples.Dimension("REGION", TypeKind.String)), "\"REGION\": the name is used twice"),
        ["duplicate derived"] = (product => product.Derived[0].Name = "kwh", "\"kwh\": the name is used twice"),
        ["participant"] = (product => product.Columns[0].Name = "participant", "pseudo-column"),
        ["unit missing"] = (product => product.Unit = "nobody", "unit \"nobody\""),
        ["unit is no identifier"] = (product => product.Unit = "region", "unit \"region\""),
        ["no type"] = (product => Column(product, "age").Type = null, "\"age\": the type must be"),
        ["unknown type"] = (product => Column(product, "age").Type.Kind = (TypeKind)99, "\"age\": the type must be"),
        ["decimal precision"] = (product => Column(product, "price").Type.Precision = 39, "\"price\": the type must be"),
        ["decimal scale"] = (product => Column(product, "price").Type.Scale = 13, "\"price\": the type must be"),
        ["int with precision"] = (product => Column(product, "units").Type.Precision = 3, "\"units\": the type must be"),
        ["role"] = (product => Column(product, "age").Role = (ColumnRole)9, "\"age\": the role must be"),
        ["domain of a number"] = (product => Column(product, "age").Domain.Add("x"), "only a string has a `domain`"),
        ["domain of a measure"] = (product => Column(product, "kwh").Domain.Add("x"), "only a dimension has a `domain`"),
        ["domain twice"] = (product => Column(product, "region").Domain.Add("north"), "`domain` names a value twice"),
        ["range of a string"] = (product => Column(product, "region").Range = new Interval { Low = 0, High = 1 }, "`range` must be"),
        ["range reversed"] = (product => Column(product, "age").Range = new Interval { Low = 1, High = 0 }, "`range` must be"),
        ["cuts descend"] = (product => Column(product, "kwh_band").Cuts.Add(3), "`cuts` must be finite and ascending"),
        ["cuts of a string"] = (product => Column(product, "region").Cuts.Add(3), "only a number has `cuts`"),
        ["cuts not finite"] = (product => Column(product, "kwh_band").Cuts.Add(double.PositiveInfinity), "`cuts` must be finite"),
        ["cuts of a measure"] = (product => Column(product, "kwh").Cuts.Add(3), "only a dimension has a"),
        ["grain of an int"] = (product => Column(product, "age").Grain = Grain.Month, "only a date or timestamp has a `grain`"),
        ["grain hour of a date"] = (product => Column(product, "day").Grain = Grain.Hour, "only a timestamp has the `grain` hour"),
        ["grain unknown"] = (product => Column(product, "day").Grain = (Grain)77, "`grain` must be"),
        ["format of an int"] = (product => Column(product, "age").Format = "%Y", "only a date or timestamp has a `format`"),
        ["bounds of a dimension"] = (product => Column(product, "age").Bounds = new Interval { Low = 0, High = 1 }, "only a measure has `bounds`"),
        ["bounds reversed"] = (product => Column(product, "kwh").Bounds = new Interval { Low = 2, High = 1 }, "`bounds` must be"),
        ["bounds not finite"] = (product => Column(product, "kwh").Bounds = new Interval { Low = 2, High = double.NaN }, "`bounds` must be"),
        ["step negative"] = (product => Column(product, "kwh").Step = -1, "`step` must be"),
        ["text measure"] = (product => Column(product, "kwh").Type.Kind = TypeKind.String, "a measure must be int, double or decimal"),
        ["from nothing"] = (product => Column(product, "kwh_band").From = "nothing", "\"kwh_band\": `from` must name a stored column"),
        ["from a view"] = (product => Column(product, "kwh_band").From = "kwh_band", "`from` must name a stored column"),
        ["from an identifier"] = (product => Column(product, "kwh_band").From = "worker_id", "`from` must not name an identifier"),
        ["from another type"] = (product => Column(product, "kwh_band").Type = Samples.Type(TypeKind.Int), "has the type of its source, double"),
        ["from with required"] = (product => Column(product, "kwh_band").Required = true, "belong to the column that `from` names"),
        ["pair of three"] = (product => product.Pairs[0].Columns.Add("units"), "must name two measures"),
        ["pair unknown"] = (product => product.Pairs[0].Columns[0] = "region", "\"region\" is none"),
        ["group unknown"] = (product => product.Groups[0].Columns.Add("nothing"), "\"nothing\" is none"),
        ["group empty"] = (product => product.Groups.Add(new ColumnSet()), "at least one measure"),
        ["panel unknown"] = (product => product.Panel = "kwh", "panel \"kwh\""),
        ["derived syntax"] = (product => product.Derived[0].Expression = "kwh *", "\"cost\""),
        ["derived two"] = (product => product.Derived[0].Expression = "kwh, price", "\"cost\": It is not one expression"),
        ["derived query"] = (product => product.Derived[0].Expression = "kwh FROM readings", "\"cost\": It is not one expression"),
        ["derived unknown"] = (product => product.Derived[0].Expression = "kwh * cost", "no column \"cost\""),
        ["derived dimension"] = (product => product.Derived[0].Expression = "kwh * age", "no column \"age\""),
        ["derived aggregate"] = (product => product.Derived[0].Expression = "sum(kwh)", "\"cost\""),
        ["derived case"] = (product => product.Derived[0].Expression = "case when kwh > 1 then kwh end", "must be arithmetic"),
        ["derived constant"] = (product => product.Derived[0].Expression = "1 + 1", "must be arithmetic"),
        ["derived long"] = (product => product.Derived[0].Expression = string.Join('+', Enumerable.Repeat("kwh", 300)), "1 to 1000 characters"),
        ["derived large"] = (product => product.Derived[0].Expression = string.Join('+', Enumerable.Repeat("kwh", 60)), "\"cost\""),
    };

    private static Product With(Action<ProductDefinition> change)
    {
        var definition = Samples.ReadingsDefinition();
        change(definition);
        return Samples.ProductOf(definition);
    }

    private static ColumnDefinition Column(ProductDefinition product, string name) => product.Columns.Single(column => column.Name == name);
}
