using System.Security.Cryptography;
using Exchange.Privacy.SafeTables;
using Exchange.Query.Execution;

namespace Exchange.Node.SafeTables;

/// <summary>The table that answers for a dataset. What is computed from its parts is computed once, so it is no record to be copied in part.</summary>
/// <param name="product"><c>name/major</c>.</param>
/// <param name="revision">From 1; a coarsened or rebuilt table is the next.</param>
/// <param name="source">What it was built over.</param>
/// <param name="design">What it was made of.</param>
/// <param name="build">The table, and which block each atom is in.</param>
/// <param name="salt">Of its commitment.</param>
/// <param name="segments">Appended rows that passed by themselves, in the order in which they entered.</param>
internal sealed class LiveTable(string product, int revision, DatasetSource source, TableDesign design, TableBuild build, byte[] salt, IReadOnlyList<TableSegment> segments)
{
    public string Product { get; } = product;

    public int Revision { get; } = revision;

    public DatasetSource Source { get; } = source;

    public TableDesign Design { get; } = design;

    public TableBuild Build { get; } = build;

    public byte[] Salt { get; } = salt;

    public IReadOnlyList<TableSegment> Segments { get; } = segments;

    /// <summary>The table that was built.</summary>
    public SafeTable Table => Build.Table;

    /// <summary>The version of the dataset that its answers are about; rows of it that wait are in none.</summary>
    public int DatasetVersion => Segments.Count == 0 ? Source.Version : Segments[^1].DatasetVersion;

    /// <summary>Answers from it.</summary>
    public SafeTableQuery Query { get; } = new([build.Table, .. segments.Select(segment => segment.Table)]);

    /// <summary>SHA-256 of salt, table and segments.</summary>
    public byte[] Commitment { get; } = SHA256.HashData([.. salt, .. SafeTableCodec.Encode(build.Table), .. segments.SelectMany(segment => SafeTableCodec.Encode(segment.Table))]);

    /// <summary>The table as it answers for a source: null where that is not what it was built over with parts appended.</summary>
    public LiveTable? For(DatasetSource now)
    {
        var parts = now.TableParts ?? now.Parts;
        if (now.Attached != Source.Attached || now.Stamp != Source.Stamp || !parts.Take(Source.Parts.Count).SequenceEqual(Source.Parts))
        {
            return null;
        }

        bool IsIn(TableSegment segment) => parts.ElementAtOrDefault(Source.Parts.Count + segment.PartsThen - 1) == segment.LastPart;
        return Segments.All(IsIn) ? this : With(Segments.Where(IsIn));
    }

    /// <summary>The same table with other segments.</summary>
    public LiveTable With(IEnumerable<TableSegment> others) => new(Product, Revision, Source, Design, Build, Salt, [.. others]);
}

/// <summary>Appended rows in a table.</summary>
/// <param name="DatasetVersion">The version with which they came, or the latest of them.</param>
/// <param name="PartsThen">How many parts had been appended to the table's source by then.</param>
/// <param name="LastPart">The last of them.</param>
/// <param name="Admitted">Count blocks of the table all of whose rows up to then are in.</param>
/// <param name="Table">Their figures.</param>
internal sealed record TableSegment(int DatasetVersion, int PartsThen, string LastPart, IReadOnlyList<int> Admitted, SafeTable Table);
