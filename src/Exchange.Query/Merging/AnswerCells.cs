using System.Collections;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Execution;

namespace Exchange.Query.Merging;

/// <summary>
/// A checked answer, still in the columns it came in. Cells are built when somebody reads them one by one; the merge reads columns.
/// </summary>
internal sealed class AnswerCells(FragmentAnswer answer, ColumnType[] keyTypes, StateType[] stateTypes) : IReadOnlyList<ReleasedCell>
{
    private readonly int[][] _binStarts = [.. answer.States.Select(StateColumns.BinStarts)];

    public int Count => answer.CellCount;

    public IReadOnlyList<KeyColumn> Keys => answer.Keys;

    public ReleasedCell this[int index] => new(KeyAt(index), Array.ConvertAll(Enumerable.Range(0, stateTypes.Length).ToArray(), state => StateAt(state, index)), TouchingAt(index))
    {
        CoveredUnits = CoveredAt(index),
        Coarser = CoarserAt(index),
    };

    public object?[] KeyAt(int index)
    {
        var key = new object?[keyTypes.Length];
        for (var i = 0; i < key.Length; i++)
        {
            key[i] = KeyColumns.At(answer.Keys[i], keyTypes[i], index);
        }

        return key;
    }

    public long TouchingAt(int index) => answer.TouchingUnits.Count == 0 ? 0 : answer.TouchingUnits[index];

    /// <summary>Whether the owner tells how many units the cells cover.</summary>
    public bool HasCover => answer.CoveredUnits.Count > 0;

    public long CoveredAt(int index) => HasCover ? answer.CoveredUnits[index] : 0;

    public IReadOnlyList<string>? CoarserAt(int index) =>
        answer.CoarserOfCells.Count == 0 || answer.CoarserOfCells[index] == 0 ? null : answer.Coarser[(int)answer.CoarserOfCells[index] - 1].Dimensions;

    public PartialState StateAt(int state, int index) => StateColumns.At(answer.States[state], stateTypes[state], index, _binStarts[state]);

    public IEnumerator<ReleasedCell> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
