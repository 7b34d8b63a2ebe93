using System.Security.Cryptography;
using Exchange.Node.SafeTables;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Merging;
using Exchange.Query.Products;
using Google.Protobuf;

namespace Exchange.Node.Queries;

/// <summary>
/// An answer that passed the owner's release rules. Its constructor is private and <see cref="ReleaseGate"/> stands inside,
/// so nothing else in the program can make one out of a <see cref="RawAggregate"/>.
/// </summary>
internal sealed class ReleasedAnswer
{
    private const int SaltBytes = 16;

    private ReleasedAnswer(FragmentAnswer answer)
    {
        Answer = answer.ToByteString();
        CellCount = answer.CellCount;
        SuppressedCells = answer.SuppressedCells;
        Salt = RandomNumberGenerator.GetBytes(SaltBytes);
        Hash = HashOf(Salt, Answer.Span);
    }

    /// <summary>The serialised <see cref="FragmentAnswer"/>.</summary>
    public ByteString Answer { get; }

    /// <summary>Released cells.</summary>
    public int CellCount { get; }

    /// <summary>Non-empty cells withheld.</summary>
    public long SuppressedCells { get; }

    /// <summary>Makes the hash in the log useless for guessing figures.</summary>
    public byte[] Salt { get; }

    /// <summary>SHA-256 over salt and answer.</summary>
    public byte[] Hash { get; }

    /// <summary>SHA-256 over salt and answer, as the leaf of the access log has it.</summary>
    public static byte[] HashOf(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> answer)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(salt);
        hash.AppendData(answer);
        return hash.GetHashAndReset();
    }

    /// <summary>The release of <c>table</c>: what the safe table answers, which passed its rules when it was made.</summary>
    internal static class TableGate
    {
        /// <summary>Answers from the table alone. A question without grouping in which no block lies has one cell withheld, so that it is no answer of nothing.</summary>
        public static ReleasedAnswer Release(Fragment fragment, Product product, LiveTable live, int cellsMax)
        {
            var cells = TableAnswers.Answer(fragment, product, live, cellsMax);
            var answer = AnswerCodec.Encode(fragment, product, cells);
            answer.SuppressedCells = fragment.GroupBy.Count == 0 && cells.Count == 0 ? 1 : 0;
            answer.DatasetVersion = live.DatasetVersion;
            return new ReleasedAnswer(answer);
        }
    }

    /// <summary>The release rules of <c>checked</c>: withholds cells before anything leaves the owner.</summary>
    internal static class ReleaseGate
    {
        /// <summary>
        /// Releases the cells in which every figure stands on nobody or on at least <see cref="ApprovedFragment.MinUnits"/>
        /// distinct units (threshold rule; a filtered or nullable aggregate is a figure of its own). The others are withheld whole and counted.
        /// </summary>
        /// <remarks>
        /// Protects one answer by itself. It is no defence against combining answers, and says so wherever it is offered.
        /// </remarks>
        public static ReleasedAnswer Release(ApprovedFragment approved, Fragment fragment, RawAggregate raw, DatasetSource source)
        {
            var released = new List<ReleasedCell>(raw.Cells.Count);
            foreach (var cell in raw.Cells)
            {
                if (IsSafe(cell, approved, source.RowsPerUnitMax))
                {
                    released.Add(new ReleasedCell(cell.Key, cell.States));
                }
            }

            var answer = AnswerCodec.Encode(fragment, approved.Product, released);
            answer.SuppressedCells = raw.Cells.Count - released.Count;
            answer.DatasetVersion = source.Version;
            return new ReleasedAnswer(answer);
        }

        private static bool IsSafe(RawCell cell, ApprovedFragment approved, long rowsPerUnitMax)
        {
            if (cell.Supports.Length != approved.Supports.Count)
            {
                throw new InvalidOperationException("The engine must count every support of every cell.");
            }

            foreach (var support in cell.Supports)
            {
                // A cell with n·R rows holds at least n units, whoever they are: no need to count them.
                var safe = support.Rows == 0
                    || (support.Units is { } units ? units >= approved.MinUnits : support.Rows >= (Int128)approved.MinUnits * rowsPerUnitMax);
                if (!safe)
                {
                    return false;
                }
            }

            return true;
        }
    }
}
