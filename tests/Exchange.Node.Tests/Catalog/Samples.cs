using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Identity.V1;
using Exchange.Query.Products;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Node.Tests.Catalog;

/// <summary>A product, terms and participants to begin tests with; each call gives fresh messages.</summary>
internal static class Samples
{
    /// <summary>The moment that the pure tests call now.</summary>
    public static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    public const string Csv = "region,month,kwh,price,worker_id\nnorth,2026-01-01,10.5,3.50,w1\nsouth,2026-01-01,20,4,w2\nnorth,2026-02-01,30,5.25,w3\n";

    public static ProductDefinition Definition() => new()
    {
        Name = "readings",
        Major = 1,
        Title = "Hourly production and energy readings",
        Unit = "worker_id",
        Publisher = "mill",
        Columns =
        {
            new ColumnDefinition { Name = "region", Type = new ColumnType { Kind = TypeKind.String }, Role = ColumnRole.Dimension, Domain = { "north", "south" }, Required = true },
            new ColumnDefinition { Name = "month", Type = new ColumnType { Kind = TypeKind.Date }, Role = ColumnRole.Dimension, Grain = Grain.Month },
            new ColumnDefinition
            {
                Name = "kwh", Type = new ColumnType { Kind = TypeKind.Double }, Role = ColumnRole.Measure, Bounds = new Interval { Low = 0, High = 500 }, Step = 5,
            },
            new ColumnDefinition
            {
                Name = "price", Type = new ColumnType { Kind = TypeKind.Decimal, Precision = 12, Scale = 2 }, Role = ColumnRole.Measure,
                Bounds = new Interval { Low = 0, High = 100000 },
            },
            new ColumnDefinition { Name = "worker_id", Type = new ColumnType { Kind = TypeKind.String }, Role = ColumnRole.Identifier },
            new ColumnDefinition { Name = "remark", Type = new ColumnType { Kind = TypeKind.String }, Role = ColumnRole.Hidden },
        },
    };

    /// <summary>The definition without the hidden column, which files of tests do not have.</summary>
    public static ProductDefinition PublishedDefinition()
    {
        var definition = Definition();
        definition.Columns.RemoveAt(5);
        return definition;
    }

    public static Product Product() => Exchange.Query.Products.Product.From(Definition(), Definition().ToByteArray());

    public static OfferTerms Terms(Action<OfferTerms>? change = null)
    {
        var terms = new OfferTerms
        {
            Name = "open-statistics",
            Product = "readings/1",
            Purposes = { "research", "statistics" },
            Release = ReleaseClass.Checked,
            Aggregation = Aggregation.Each,
            Approval = Approval.Automatic,
            ExpireTime = Timestamp.FromDateTimeOffset(Now.AddYears(1)),
        };
        change?.Invoke(terms);
        return terms;
    }

    public static Participant University(Action<Participant>? change = null)
    {
        var participant = new Participant
        {
            Id = "university",
            Kind = ParticipantKind.Institute,
            Region = "CN-ZJ",
            Roles = { ParticipantRole.Consumer },
            Status = ParticipantStatus.Active,
        };
        change?.Invoke(participant);
        return participant;
    }

    public static ColumnRule Rule(string column, params ColumnUse[] uses) => new() { Column = column, Uses = { uses } };
}
