using Exchange.Protocol.Query.V1;
using Exchange.Query.Execution;
using Exchange.Query.Products;

namespace Exchange.Query.Merging;

/// <summary>Cells ↔ the columns of a <see cref="FragmentAnswer"/>.</summary>
public static class AnswerCodec
{
    /// <summary>Writes released cells as columns.</summary>
    /// <param name="fragment">What was asked: decides which columns are filled.</param>
    /// <param name="product">Gives the key types.</param>
    /// <param name="cells">The cells that may leave.</param>
    public static FragmentAnswer Encode(Fragment fragment, Product product, IReadOnlyList<ReleasedCell> cells) => throw new NotImplementedException();

    /// <summary>Reads and checks a peer's answer.</summary>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException">
    /// <c>ANSWER_INVALID</c>: columns missing or of unequal length, a key twice, a negative count, a number that is not finite, too many cells.
    /// </exception>
    public static IReadOnlyList<ReleasedCell> Decode(FragmentAnswer answer, Fragment fragment, Product product, int cellsMax) => throw new NotImplementedException();
}
