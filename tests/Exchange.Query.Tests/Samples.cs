using Exchange.Protocol.Catalog.V1;
using Exchange.Query.Products;
using Google.Protobuf;

namespace Exchange.Query.Tests;

/// <summary>The products and offers that the tests ask about.</summary>
internal static class Samples
{
    public static readonly Product Readings = ProductOf(ReadingsDefinition());

    public static readonly Product Weather = ProductOf(WeatherDefinition());

    public static Product ProductOf(ProductDefinition definition) => Product.From(definition, definition.ToByteArray());

    public static ColumnType Type(TypeKind kind, int precision = 0, int scale = 0) => new() { Kind = kind, Precision = precision, Scale = scale };

    public static ColumnDefinition Dimension(string name, TypeKind kind) => new() { Name = name, Type = Type(kind), Role = ColumnRole.Dimension };

    public static ColumnDefinition Measure(string name, TypeKind kind, double low, double high) => new()
    {
        Name = name,
        Type = Type(kind),
        Role = ColumnRole.Measure,
        Bounds = new Interval { Low = low, High = high },
    };

    public static ProductDefinition ReadingsDefinition()
    {
        var region = Dimension("region", TypeKind.String);
        region.Domain.AddRange(["north", "south"]);
        region.Required = true;
        var month = Dimension("month", TypeKind.Date);
        month.Grain = Grain.Month;
        var age = Dimension("age", TypeKind.Int);
        age.Range = new Interval { Low = 0, High = 120 };
        var kwh = Measure("kwh", TypeKind.Double, 0, 500);
        kwh.Required = true;
        var band = new ColumnDefinition { Name = "kwh_band", From = "kwh", Role = ColumnRole.Dimension };
        band.Cuts.AddRange([0, 20, 50, 100]);
        var price = Measure("price", TypeKind.Decimal, 0, 100_000);
        price.Type = Type(TypeKind.Decimal, 12, 2);
        return new ProductDefinition
        {
            Name = "readings",
            Major = 1,
            Unit = "worker_id",
            Panel = "month",
            Columns =
            {
                region, month, age, Dimension("night", TypeKind.Bool), Dimension("seen", TypeKind.Timestamp), Dimension("day", TypeKind.Date), Dimension("PM2.5", TypeKind.Double),
                kwh, band, price,
                Measure("units", TypeKind.Int, 0, 1000),
                new ColumnDefinition { Name = "loss", Type = Type(TypeKind.Double), Role = ColumnRole.Measure },
                new ColumnDefinition { Name = "worker_id", Type = Type(TypeKind.String), Role = ColumnRole.Identifier },
                new ColumnDefinition { Name = "note", Type = Type(TypeKind.String), Role = ColumnRole.Hidden },
            },
            Derived = { new DerivedMeasure { Name = "cost", Expression = "kwh * price" } },
            Pairs = { new ColumnSet { Columns = { "kwh", "price" } } },
            Groups = { new ColumnSet { Columns = { "kwh" } }, new ColumnSet { Columns = { "price", "cost" } } },
        };
    }

    public static OfferTerms Terms(int minUnits = 1) => new()
    {
        Name = "open-statistics",
        Product = "readings/1",
        Release = ReleaseClass.Checked,
        Aggregation = Aggregation.Each,
        Disclosure = new Disclosure { MinUnits = minUnits },
    };

    private static ProductDefinition WeatherDefinition() => new()
    {
        Name = "weather",
        Major = 2,
        Unit = "row",
        Columns =
        {
            Dimension("origin", TypeKind.String),
            Measure("Air temperature [K]", TypeKind.Double, 200, 350),
        },
    };
}
