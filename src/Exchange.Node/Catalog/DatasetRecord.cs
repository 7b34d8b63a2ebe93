using Exchange.Protocol.Owner.V1;
using Exchange.Query.Execution;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Node.Catalog;

/// <summary>A version of a dataset as the state holds it.</summary>
/// <param name="Source">Where its rows are.</param>
/// <param name="SourceLabel">File name it came from, without folders.</param>
/// <param name="Created">When it was published.</param>
internal sealed record DatasetVersionRecord(DatasetSource Source, string SourceLabel, DateTimeOffset Created)
{
    /// <summary>As the owner sees it.</summary>
    public DatasetVersion ToMessage() => new()
    {
        Number = Source.Version,
        RowCount = Source.RowCount,
        RowsPerUnitMax = Source.RowsPerUnitMax,
        CreateTime = Timestamp.FromDateTimeOffset(Created),
        Source = SourceLabel,
    };
}

/// <summary>A dataset as the state holds it.</summary>
/// <param name="Product"><c>name/major</c>.</param>
/// <param name="Retired">Out of service.</param>
/// <param name="Versions">Oldest first, at least one; the last one answers.</param>
internal sealed record DatasetRecord(string Product, bool Retired, IReadOnlyList<DatasetVersionRecord> Versions)
{
    /// <summary>The version that answers while the dataset is in service.</summary>
    public DatasetSource Newest => Versions[^1].Source;

    /// <summary>As the owner sees it.</summary>
    public Dataset ToMessage() => new()
    {
        Product = Product,
        Engine = Newest.Engine,
        Attached = Newest.Attached,
        Retired = Retired,
        Versions = { Versions.Select(version => version.ToMessage()) },
    };
}
