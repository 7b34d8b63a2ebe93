using Exchange.Client.Files;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;

namespace Exchange.Client.Tests.Files;

public sealed class ProductFileTests
{
    private const string Readings = """
        product: readings/1
        title: Hourly production and energy readings
        unit: worker_id
        columns:
          region:    {type: string, role: dimension, domain: [north, south], required: true}
          month:     {type: date, role: dimension, grain: month, format: "%Y-%m-%d"}
          age:       {type: int, role: dimension, range: [0, 120], sensitive: true}
          kwh:       {type: double, role: measure, bounds: [0, 500], step: 5, zero: harmless, measured_in: kWh}
          kwh_band:  {from: kwh, role: dimension, cuts: [0, 20, 50, 100]}
          price:     {type: "decimal(12,2)", role: measure, bounds: [0, 100000], measured_in: CNY}
          worker_id: {type: string, role: identifier}
        derived: {cost: kwh * price}
        pairs: [[kwh, price]]
        groups: [[kwh], [price, cost]]
        panel: month
        """;

    [Fact]
    public void Every_key_is_read()
    {
        using var file = new WrittenFile("product.yaml", Readings);
        var product = ProductFile.Read(file.FilePath);

        Assert.Equal(("readings", 1, "worker_id", "month"), (product.Name, product.Major, product.Unit, product.Panel));
        Assert.Equal(["region", "month", "age", "kwh", "kwh_band", "price", "worker_id"], product.Columns.Select(column => column.Name));
        var kwh = product.Columns[3];
        Assert.Equal((0, 500, 5, true, "kWh"), (kwh.Bounds.Low, kwh.Bounds.High, kwh.Step, kwh.ZeroHarmless, kwh.MeasuredIn));
        Assert.Equal(("kwh", TypeKind.Double), (product.Columns[4].From, product.Columns[4].Type.Kind));
        Assert.Equal([0, 20, 50, 100], product.Columns[4].Cuts);
        Assert.Equal(new ColumnType { Kind = TypeKind.Decimal, Precision = 12, Scale = 2 }, product.Columns[5].Type);
        Assert.Equal((Grain.Month, "%Y-%m-%d"), (product.Columns[1].Grain, product.Columns[1].Format));
        Assert.True(product.Columns[0].Required && product.Columns[2].Sensitive);
        Assert.Equal("kwh * price", Assert.Single(product.Derived).Expression);
        Assert.Equal(["kwh", "price"], Assert.Single(product.Pairs).Columns);
        Assert.Equal(2, product.Groups.Count);
    }

    [Theory]
    [InlineData("role: measure, bounds: [0, 500]", "rol: measure, bounds: [0, 500]", 8, "unknown key 'rol' – did you mean 'role'?")]
    [InlineData("type: string, role: identifier", "type: sting, role: identifier", 11, "unknown type 'sting' – did you mean 'string'?")]
    [InlineData("unit: worker_id", "unit: worker", 3, "unknown unit 'worker' – did you mean 'worker_id'?")]
    [InlineData("role: dimension, grain: month", "role: dimensoin, grain: month", 6, "unknown role 'dimensoin' – did you mean 'dimension'?")]
    [InlineData("\"decimal(12,2)\"", "decimal", 10, "unknown type 'decimal' – did you mean \"decimal(12,2)\", in quotes?")]
    [InlineData("{from: kwh,", "{from: kwhh,", 9, "unknown column 'kwhh' – did you mean 'kwh'?")]
    [InlineData("pairs: [[kwh, price]]", "pairs: [[kwh, prize]]", 13, "unknown column 'prize' – did you mean 'price'?")]
    [InlineData("bounds: [0, 500]", "bounds: [0, high]", 8, "'bounds' must be a number.")]
    [InlineData("bounds: [0, 500]", "bounds: [0]", 8, "an interval has two ends.")]
    [InlineData("product: readings/1", "product: Readings", 1, "a product is written 'name/major', such as readings/1.")]
    [InlineData("zero: harmless", "zero: harmles", 8, "unknown value of 'zero' 'harmles' – did you mean 'harmless'?")]
    [InlineData("sensitive: true", "sensitive: yes", 7, "unknown value of 'sensitive' 'yes'.")]
    [InlineData("title: Hourly", "titel: Hourly", 2, "unknown key 'titel' – did you mean 'title'?")]
    public void Mistake_is_shown_with_file_line_and_nearest_word(string right, string wrong, int line, string sentence)
    {
        using var file = new WrittenFile("product.yaml", Readings.Replace(right, wrong, StringComparison.Ordinal));
        var failure = Assert.Throws<ExchangeException>(() => ProductFile.Read(file.FilePath));
        Assert.Equal(Reasons.FileInvalid, failure.Reason);
        Assert.Equal($"product.yaml, line {line}: {sentence}", failure.Message);
        Assert.NotEmpty(failure.Action);
    }

    [Theory]
    [InlineData("product: [readings/1", "product.yaml, line ")]
    [InlineData("- a\n- b\n", "product.yaml, line 1: a product file is one list of 'key: value' lines.")]
    [InlineData("", "product.yaml, line 1: a product file is one list of 'key: value' lines.")]
    [InlineData("product: a/1\nproduct: b/1\n", "product.yaml, line 2: this is not YAML")]
    public void Text_that_is_no_product_file_is_refused_with_its_line(string text, string begin)
    {
        using var file = new WrittenFile("product.yaml", text);
        var failure = Assert.Throws<ExchangeException>(() => ProductFile.Read(file.FilePath));
        Assert.Equal(Reasons.FileInvalid, failure.Reason);
        Assert.StartsWith(begin, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_file_is_named()
    {
        var failure = Assert.Throws<ExchangeException>(() => ProductFile.Read("/nonexistent/product.yaml"));
        Assert.Equal(Reasons.FileMissing, failure.Reason);
        Assert.Contains("/nonexistent/product.yaml", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_at_the_limit_is_read_and_one_byte_more_is_refused()
    {
        using var file = new WrittenFile("product.yaml", Readings + "\n#" + new string('x', YamlFile.BytesMax - Readings.Length - 2));
        Assert.Equal("readings", ProductFile.Read(file.FilePath).Name);
        File.AppendAllText(file.FilePath, "x");
        Assert.Equal(Reasons.FileInvalid, Assert.Throws<ExchangeException>(() => ProductFile.Read(file.FilePath)).Reason);
    }
}
