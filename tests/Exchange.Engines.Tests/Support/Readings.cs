using Exchange.Protocol.Catalog.V1;
using Exchange.Query.Products;
using Google.Protobuf;

namespace Exchange.Engines.Tests.Support;

/// <summary>The product most tests use, with a column of every type and names that need quoting.</summary>
internal static class Readings
{
    public static readonly string[] Regions = ["north", "south", "east", "west"];

    public static ProductDefinition Definition() => new()
    {
        Name = "readings",
        Major = 1,
        Title = "Readings",
        Unit = "worker_id",
        Publisher = "bureau",
        Columns =
        {
            new ColumnDefinition { Name = "region", Type = Of(TypeKind.String), Role = ColumnRole.Dimension, Domain = { Regions }, Required = true },
            new ColumnDefinition { Name = "city", Type = Of(TypeKind.String), Role = ColumnRole.Dimension },
            new ColumnDefinition { Name = "day", Type = Of(TypeKind.Date), Role = ColumnRole.Dimension },
            new ColumnDefinition { Name = "month", Type = Of(TypeKind.Date), Role = ColumnRole.Dimension, From = "day", Grain = Grain.Month },
            new ColumnDefinition { Name = "seen", Type = Of(TypeKind.Timestamp), Role = ColumnRole.Dimension },
            new ColumnDefinition { Name = "age.60", Type = Of(TypeKind.Bool), Role = ColumnRole.Dimension },
            new ColumnDefinition { Name = "age", Type = Of(TypeKind.Int), Role = ColumnRole.Dimension, Range = new Interval { Low = 0, High = 120 } },
            new ColumnDefinition { Name = "PM2.5", Type = Of(TypeKind.Double), Role = ColumnRole.Measure, Bounds = new Interval { Low = -1e6, High = 1e6 } },
            new ColumnDefinition { Name = "dust", Type = Of(TypeKind.Double), Role = ColumnRole.Dimension, From = "PM2.5", Cuts = { -5, 0, 20.5 } },
            new ColumnDefinition { Name = "Air \"temperature\" [K]", Type = Of(TypeKind.Double), Role = ColumnRole.Measure, Bounds = new Interval { Low = 0, High = 1000 }, Required = true },
            new ColumnDefinition { Name = "units", Type = Of(TypeKind.Int), Role = ColumnRole.Measure },
            new ColumnDefinition { Name = "price", Type = new ColumnType { Kind = TypeKind.Decimal, Precision = 20, Scale = 2 }, Role = ColumnRole.Measure },
            new ColumnDefinition { Name = "fee", Type = new ColumnType { Kind = TypeKind.Decimal, Precision = 6, Scale = 3 }, Role = ColumnRole.Dimension },
            new ColumnDefinition { Name = "worker_id", Type = Of(TypeKind.String), Role = ColumnRole.Identifier },
        },
    };

    public static Product Product(Action<ProductDefinition>? change = null)
    {
        var definition = Definition();
        change?.Invoke(definition);
        var payload = definition.ToByteArray();
        return Exchange.Query.Products.Product.From(definition, payload);
    }

    public static ColumnType Of(TypeKind kind) => new() { Kind = kind };
}
