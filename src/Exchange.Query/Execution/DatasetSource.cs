using Exchange.Query.Rules;

namespace Exchange.Query.Execution;

/// <summary>Where one version of a dataset is, for the engine that holds it. Stored by the node as JSON.</summary>
/// <param name="Engine">Name of the engine: <c>duckdb</c>, <c>sqlite</c>.</param>
/// <param name="Version">Number of the version, from 1.</param>
/// <param name="RowCount">Rows.</param>
/// <param name="RowsPerUnitMax">R: the most rows of one privacy unit, at least 1; a cell with n·R rows holds at least n units.</param>
/// <param name="Location">Database file of an attached source, absolute; else the folder of the part files, relative to the node's data folder.</param>
/// <param name="Parts">Tables whose rows together are the version; an appended version lists the parts before it too. Immutable unless attached.</param>
/// <param name="Attached">The data stay where they are and may change under us: <paramref name="Stamp"/> is checked in every read.</param>
/// <param name="Stamp">What an attached source looked like when it was published.</param>
/// <param name="Magnitudes">B: the largest |x| of each stored measure of numbers. Null, or without a measure, in versions published before it was noted.</param>
/// <param name="RowHashes">Files of keyed hashes of its rows, one per publication. Null in versions published before they were made, and in those on top of them.</param>
/// <param name="TableParts">The parts that the version has for the dataset's safe table, which keeps its figures when a correction puts others in their place. Null: those it has.</param>
public sealed record DatasetSource(
    string Engine, int Version, long RowCount, long RowsPerUnitMax, string Location, IReadOnlyList<string> Parts, bool Attached, SourceStamp? Stamp,
    IReadOnlyDictionary<string, double>? Magnitudes = null, IReadOnlyList<string>? RowHashes = null, IReadOnlyList<string>? TableParts = null)
{
    /// <summary>No |x| of the contribution's values is larger; null when nothing is known.</summary>
    public double? MagnitudeOf(Contribution contribution)
    {
        IReadOnlyList<string> columns = contribution.Column is { } column ? [column] : contribution.Columns;
        if (columns.Count == 0 || Magnitudes is null || !columns.All(Magnitudes.ContainsKey))
        {
            return contribution.MagnitudeMax;
        }

        return Math.Min(columns.Aggregate(1.0, (product, factor) => product * Magnitudes[factor]), contribution.MagnitudeMax ?? double.PositiveInfinity);
    }
}

/// <summary>What an attached file looked like.</summary>
/// <param name="FileBytes">Its size.</param>
/// <param name="ModifiedTicks">Its modification time, UTC ticks.</param>
/// <param name="RowCount">Rows of the table.</param>
public sealed record SourceStamp(long FileBytes, long ModifiedTicks, long RowCount);
