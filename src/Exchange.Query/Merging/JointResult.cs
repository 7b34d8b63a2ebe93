using Exchange.Protocol.Query.V1;
using Exchange.Query.Execution;

namespace Exchange.Query.Merging;

/// <summary>One participant's released cells, decoded and checked by <see cref="AnswerCodec.Decode"/>.</summary>
/// <param name="ParticipantId">Who.</param>
/// <param name="Cells">Its cells.</param>
/// <param name="SuppressedCells">Non-empty cells it withheld: then an answer without cells is not an answer of nothing.</param>
/// <param name="Noise">In <c>noisy</c>: how much noise its cells have.</param>
public sealed record ParticipantCells(string ParticipantId, IReadOnlyList<ReleasedCell> Cells, long SuppressedCells = 0, NoiseReport? Noise = null);

/// <summary>A released cell: key and states as in <see cref="RawCell"/>, without what the gate looked at.</summary>
/// <param name="Key">As in a raw cell.</param>
/// <param name="States">As in a raw cell.</param>
/// <param name="TouchingUnits">In <c>table</c>: units of the blocks that touch the cell and are not in its figures, at most.</param>
public sealed record ReleasedCell(object?[] Key, PartialState[] States, long TouchingUnits = 0)
{
    /// <summary>In <c>table</c>: units of the blocks in its figures, added up.</summary>
    public long CoveredUnits { get; init; }

    /// <summary>In <c>table</c>: dimensions whose grouping takes in what touches the cell; null where nothing does, or none would.</summary>
    public IReadOnlyList<string>? Coarser { get; init; }
}

/// <summary>A merged row.</summary>
/// <param name="Values">One per column; a BUCKET key is shown as its interval, <c>[0,20)</c>.</param>
/// <param name="Participants">How many participants' cells are in it.</param>
/// <param name="TouchingUnits">Sum of the cells' own.</param>
public sealed record JointRow(IReadOnlyList<Value> Values, int Participants, long TouchingUnits = 0)
{
    /// <summary>In <c>table</c>: what of each owner is in it; null in other classes.</summary>
    public RowCover? Cover { get; init; }

    /// <summary>Per column, null for one that is exact; null where all are.</summary>
    public IReadOnlyList<FigureBounds?>? Bounds { get; init; }
}

/// <summary>The merged answer.</summary>
public sealed record JointResult(IReadOnlyList<JointRow> Rows);
