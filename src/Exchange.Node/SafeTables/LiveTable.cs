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
/// <param name="finer">The table and the segments that it was made from; null where it was built from rows.</param>
/// <param name="correction">What a correction changed in that one; null where the rows are the same.</param>
internal sealed class LiveTable(
    string product, int revision, DatasetSource source, TableDesign design, TableBuild build, byte[] salt, IReadOnlyList<TableSegment> segments, LiveTable? finer = null,
    TableCorrection? correction = null)
{
    private readonly int[] _partsIn = PartsInOf(build.Table, segments);
    private readonly HashSet<int> _corrected = [.. correction?.Blocks ?? []];

    public string Product { get; } = product;

    public int Revision { get; } = revision;

    public DatasetSource Source { get; } = source;

    public TableDesign Design { get; } = design;

    public TableBuild Build { get; } = build;

    public byte[] Salt { get; } = salt;

    public IReadOnlyList<TableSegment> Segments { get; } = segments;

    /// <summary>What it was made from: the rows of those segments are in its own blocks.</summary>
    public LiveTable? Finer { get; } = finer;

    /// <summary>What a correction changed in that.</summary>
    public TableCorrection? Correction { get; } = correction;

    /// <summary>The table that was built.</summary>
    public SafeTable Table => Build.Table;

    /// <summary>The version of the dataset that its answers are about; rows of it that wait are in none.</summary>
    public int DatasetVersion => Segments.Count == 0 ? Correction?.DatasetVersion ?? Finer?.DatasetVersion ?? Source.Version : Segments[^1].DatasetVersion;

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

        if (Finer is not null && Finer.For(now)?.Segments.Count != Finer.Segments.Count)
        {
            return null;
        }

        bool IsIn(TableSegment segment) => parts.ElementAtOrDefault(Source.Parts.Count + segment.PartsThen - 1) == segment.LastPart;
        return Segments.All(IsIn) ? this : With(Segments.Where(IsIn));
    }

    /// <summary>The same table with other segments.</summary>
    public LiveTable With(IEnumerable<TableSegment> others) => new(Product, Revision, Source, Design, Build, Salt, [.. others], Finer, Correction);

    /// <summary>How many of the appended parts are in the figures with all their rows of this combination of values; those of later ones wait.</summary>
    /// <param name="labels">A text per dimension, null for NULL.</param>
    public int PartsIn(string?[] labels) =>
        Math.Max(Build.Assignment.BlockOf(labels) is { } block ? _partsIn[block] : 0, Finer?.PartsIn(labels) ?? 0);

    /// <summary>All that <see cref="PartsIn"/> may say, in order.</summary>
    public IEnumerable<int> PartCounts => _partsIn.Append(0).Concat(Finer?.PartCounts ?? []).Distinct().Order();

    /// <summary>The correction that the figures of this combination of values are as of, the latest; null where none changed them.</summary>
    public TableCorrection? CorrectionOf(string?[] labels) =>
        Correction is not null && Build.Assignment.BlockOf(labels) is { } block && _corrected.Contains(block) ? Correction : Finer?.CorrectionOf(labels);

    /// <summary>The corrections that figures are as of, the latest first, and last null for the rows it was built over, as far as figures still are of those.</summary>
    public IEnumerable<TableCorrection?> AsOf => Correction is null ? Finer?.AsOf ?? [null]
        : Correction.Blocks.Count == Table.CountBlocks.Count ? [Correction]
        : (Finer?.AsOf ?? [null]).Prepend(Correction);

    private static int[] PartsInOf(SafeTable table, IReadOnlyList<TableSegment> segments)
    {
        var parts = new int[table.CountBlocks.Count];
        foreach (var segment in segments)
        {
            foreach (var block in segment.Admitted)
            {
                parts[block] = segment.PartsThen;
            }
        }

        return parts;
    }
}

/// <summary>Appended rows in a table.</summary>
/// <param name="DatasetVersion">The version with which they came, or the latest of them.</param>
/// <param name="PartsThen">How many parts had been appended to the table's source by then.</param>
/// <param name="LastPart">The last of them.</param>
/// <param name="Admitted">Count blocks of the table all of whose rows up to then are in.</param>
/// <param name="Table">Their figures.</param>
internal sealed record TableSegment(int DatasetVersion, int PartsThen, string LastPart, IReadOnlyList<int> Admitted, SafeTable Table);

/// <summary>A correction: the figures of some blocks are now of the rows that there were with it, changed or because their rows are the same.</summary>
/// <param name="DatasetVersion">The corrected version.</param>
/// <param name="Parts">Its parts, which took the place of all there were.</param>
/// <param name="Appended">How many parts had been appended to the table's source by then.</param>
/// <param name="Blocks">Count blocks of the table whose figures are of those rows since.</param>
internal sealed record TableCorrection(int DatasetVersion, IReadOnlyList<string> Parts, int Appended, IReadOnlyList<int> Blocks);
