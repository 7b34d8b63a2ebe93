using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Execution;
using Exchange.Query.Expressions;
using Exchange.Query.Products;

namespace Exchange.Query.Merging;

/// <summary>Cells ↔ the columns of a <see cref="FragmentAnswer"/>.</summary>
public static class AnswerCodec
{
    /// <summary>Writes released cells as columns.</summary>
    /// <param name="fragment">What was asked: decides which columns are filled.</param>
    /// <param name="product">Gives the key types.</param>
    /// <param name="cells">The cells that may leave.</param>
    /// <param name="isNoisy">Whether they are of <c>noisy</c>.</param>
    public static FragmentAnswer Encode(Fragment fragment, Product product, IReadOnlyList<ReleasedCell> cells, bool isNoisy = false)
    {
        var answer = new FragmentAnswer { CellCount = cells.Count };
        for (var i = 0; i < fragment.GroupBy.Count; i++)
        {
            answer.Keys.Add(KeyColumns.Encode(FragmentTypes.Of(fragment.GroupBy[i], product), cells, i));
        }

        for (var i = 0; i < fragment.Aggregates.Count; i++)
        {
            answer.States.Add(StateColumns.Encode(FragmentTypes.StateOf(fragment.Aggregates[i], product, isNoisy), cells, i));
        }

        if (cells.Any(cell => cell.TouchingUnits > 0))
        {
            answer.TouchingUnits.Add(cells.Select(cell => cell.TouchingUnits));
        }

        if (cells.Any(cell => cell.CoveredUnits > 0))
        {
            answer.CoveredUnits.Add(cells.Select(cell => cell.CoveredUnits));
        }

        if (cells.Any(cell => cell.Coarser is not null))
        {
            EncodeCoarser(answer, cells);
        }

        return answer;
    }

    private static void EncodeCoarser(FragmentAnswer answer, IReadOnlyList<ReleasedCell> cells)
    {
        var numbers = new Dictionary<string, uint>();
        foreach (var cell in cells)
        {
            var number = 0u;
            if (cell.Coarser is { } names && !numbers.TryGetValue(string.Join(',', names), out number))
            {
                answer.Coarser.Add(new CoarserGrouping { Dimensions = { names } });
                numbers.Add(string.Join(',', names), number = (uint)answer.Coarser.Count);
            }

            answer.CoarserOfCells.Add(number);
        }
    }

    /// <summary>Reads and checks a peer's answer. The cells keep hold of the message, which must not be changed afterwards.</summary>
    /// <param name="answer">As it came.</param>
    /// <param name="fragment">What was asked.</param>
    /// <param name="product">Gives the types.</param>
    /// <param name="cellsMax">Most cells.</param>
    /// <param name="isNoisy">Asked in <c>noisy</c>: then the answer says how much noise it has, and counts may be below zero.</param>
    /// <exception cref="ExchangeException">
    /// <c>ANSWER_INVALID</c>: columns missing or of unequal length, a key twice, a negative count, a number that is not finite, too many cells.
    /// </exception>
    public static IReadOnlyList<ReleasedCell> Decode(FragmentAnswer answer, Fragment fragment, Product product, int cellsMax, bool isNoisy = false)
    {
        Require(answer.CellCount >= 0 && answer.CellCount <= cellsMax, "has more cells than allowed");
        Require(answer.SuppressedCells >= 0, "counts less than no withheld cell");
        Require(answer.Hidden.All(hidden => hidden.Cells > 0 && hidden.Rule != HidingRule.Unspecified)
            && answer.Hidden.Select(hidden => hidden.Rule).Distinct().Count() == answer.Hidden.Count
            && (answer.Hidden.Count == 0 || answer.Hidden.Sum(hidden => (decimal)hidden.Cells) == answer.SuppressedCells), "counts its withheld cells by rules in a way that cannot be");
        Require(answer.Keys.Count == fragment.GroupBy.Count && answer.States.Count == fragment.Aggregates.Count, "lacks columns or has some that were not asked for");
        Require(answer.TouchingUnits.Count == 0 || answer.TouchingUnits.Count == answer.CellCount, "does not say for every cell what touches it");
        Require(answer.TouchingUnits.All(units => units is >= 0 and <= StateColumns.CountMax), "has a count that cannot be");
        Require(answer.CoveredUnits.Count == 0 || answer.CoveredUnits.Count == answer.CellCount, "does not say for every cell what is in it");
        Require(answer.CoveredUnits.All(units => units is >= 0 and <= StateColumns.CountMax), "has a count that cannot be");
        Require(answer.Coarser.Count <= answer.CellCount && answer.Coarser.All(coarser => coarser.Dimensions.All(name => product.Columns.ContainsKey(name))), "names a coarser grouping that cannot be");
        Require((answer.CoarserOfCells.Count == 0 || answer.CoarserOfCells.Count == answer.CellCount)
            && answer.CoarserOfCells.All(number => number <= answer.Coarser.Count), "names a coarser grouping that is none");
        Require(fragment.GroupBy.Count > 0 || answer.CellCount <= 1, "has several cells without a key");

        var keyTypes = fragment.GroupBy.Select(key => FragmentTypes.Of(key, product)).ToArray();
        var stateTypes = fragment.Aggregates.Select(aggregate => FragmentTypes.StateOf(aggregate, product, isNoisy)).ToArray();
        for (var i = 0; i < keyTypes.Length; i++)
        {
            KeyColumns.Check(answer.Keys[i], keyTypes[i], answer.CellCount);
        }

        for (var i = 0; i < stateTypes.Length; i++)
        {
            StateColumns.Check(answer.States[i], stateTypes[i], answer.CellCount, isNoisy);
        }

        Require(answer.Noise is not null == isNoisy, "is of another release class than was asked for");
        Require(!isNoisy || NoiseIsPossible(answer.Noise!, stateTypes.Length), "has noise that cannot be");

        RequireDistinct(answer);
        return new AnswerCells(answer, keyTypes, stateTypes);
    }

    /// <summary>Refuses the answer; the sentence names no value of it.</summary>
    internal static void Require(bool holds, string fault)
    {
        if (!holds)
        {
            throw Reasons.AnswerInvalid.Because($"The answer {fault}.", "Tell the owner; the other answers are not touched by it.");
        }
    }

    private static bool NoiseIsPossible(NoiseReport noise, int columns) =>
        noise.Columns.Count == columns && double.IsFinite(noise.Rho) && double.IsFinite(noise.RhoLeft) && double.IsFinite(noise.Delta)
        && noise.Columns.All(column => column is { CountSigma: >= 0, SumSigma: >= 0, SquareSigma: >= 0, BinSigma: >= 0 } && column.Low <= column.High
            && double.IsFinite(column.CountSigma) && double.IsFinite(column.BinSigma) && double.IsFinite(column.SumSigma) && double.IsFinite(column.SquareSigma)
            && double.IsFinite(column.Middle) && double.IsFinite(column.Low) && double.IsFinite(column.High));

    private static void RequireDistinct(FragmentAnswer answer)
    {
        var numbering = new CellNumbering(answer.Keys.Count);
        for (var i = 0; i < answer.CellCount; i++)
        {
            Require(numbering.NumberOf(answer.Keys, i) == i, "has a key twice");
        }
    }
}
