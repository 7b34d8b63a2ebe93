using System.Security.Cryptography;
using Exchange.Privacy.SafeTables;

namespace Exchange.Node.SafeTables;

/// <summary>The table that answers for a dataset. What is computed from its parts is computed once, so it is no record to be copied in part.</summary>
/// <param name="product"><c>name/major</c>.</param>
/// <param name="revision">From 1; a coarsened or rebuilt table is the next.</param>
/// <param name="builtOver">The version of the dataset it was built over.</param>
/// <param name="design">What it was made of.</param>
/// <param name="build">The table, and which block each atom is in.</param>
/// <param name="salt">Of its commitment.</param>
/// <param name="segments">Appended rows that passed by themselves, in the order in which they entered.</param>
internal sealed class LiveTable(string product, int revision, int builtOver, TableDesign design, TableBuild build, byte[] salt, IReadOnlyList<TableSegment> segments)
{
    public string Product { get; } = product;

    public int Revision { get; } = revision;

    public int BuiltOver { get; } = builtOver;

    public TableDesign Design { get; } = design;

    public TableBuild Build { get; } = build;

    public byte[] Salt { get; } = salt;

    public IReadOnlyList<TableSegment> Segments { get; } = segments;

    /// <summary>The table that was built.</summary>
    public SafeTable Table => Build.Table;

    /// <summary>The version of the dataset that its answers are about; rows of it that wait are in none.</summary>
    public int DatasetVersion => Segments.Count == 0 ? BuiltOver : Segments[^1].DatasetVersion;

    /// <summary>Answers from it.</summary>
    public SafeTableQuery Query { get; } = new([build.Table, .. segments.Select(segment => segment.Table)]);

    /// <summary>SHA-256 of salt, table and segments.</summary>
    public byte[] Commitment { get; } = SHA256.HashData([.. salt, .. SafeTableCodec.Encode(build.Table), .. segments.SelectMany(segment => SafeTableCodec.Encode(segment.Table))]);

    /// <summary>The same table with other segments.</summary>
    public LiveTable With(IEnumerable<TableSegment> others) => new(Product, Revision, BuiltOver, Design, Build, Salt, [.. others]);
}

/// <summary>Appended rows in a table.</summary>
/// <param name="DatasetVersion">The version with which they came, or the latest of them.</param>
/// <param name="PartsThen">How many parts had been appended to the table's version by then.</param>
/// <param name="Admitted">Count blocks of the table all of whose rows up to then are in.</param>
/// <param name="Table">Their figures.</param>
internal sealed record TableSegment(int DatasetVersion, int PartsThen, IReadOnlyList<int> Admitted, SafeTable Table);
