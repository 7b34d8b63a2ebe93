using System.Security.Cryptography;
using Exchange.Node.Noise;
using Exchange.Node.SafeTables;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Merging;
using Exchange.Query.Products;
using Exchange.Query.Rules;
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
        Noise = answer.Noise;
        Salt = RandomNumberGenerator.GetBytes(SaltBytes);
        Hash = HashOf(Salt, Answer.Span);
    }

    /// <summary>The serialised <see cref="FragmentAnswer"/>.</summary>
    public ByteString Answer { get; }

    /// <summary>Released cells.</summary>
    public int CellCount { get; }

    /// <summary>Non-empty cells withheld.</summary>
    public long SuppressedCells { get; }

    /// <summary>In <c>noisy</c>: how it was made.</summary>
    public NoiseReport? Noise { get; }

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
        public static ReleasedAnswer Release(Fragment fragment, Product product, LiveTable live, TablePattern? common, int cellsMax)
        {
            var cells = common is null ? TableAnswers.Answer(fragment, product, live, cellsMax) : TableAnswers.AnswerCommon(fragment, product, live, common, cellsMax);
            var answer = AnswerCodec.Encode(fragment, product, cells);
            answer.SuppressedCells = fragment.GroupBy.Count == 0 && cells.Count == 0 ? 1 : 0;
            answer.DatasetVersion = live.DatasetVersion;
            return new ReleasedAnswer(answer);
        }

        /// <summary>Tells the pattern alone, with no cell.</summary>
        public static ReleasedAnswer ReleasePattern(Fragment fragment, Product product, LiveTable live, int blocksMax)
        {
            var answer = AnswerCodec.Encode(fragment, product, []);
            answer.Pattern = TablePatterns.Of(fragment, live, blocksMax);
            answer.DatasetVersion = live.DatasetVersion;
            return new ReleasedAnswer(answer);
        }
    }

    /// <summary>The release of <c>noisy</c>: what was made with noise, now or before.</summary>
    internal static class NoisyGate
    {
        /// <summary>Answers a question with noise, charging the budget unless it was answered before (see <see cref="NoisyDesk"/>).</summary>
        public static async Task<ReleasedAnswer> ReleaseAsync(NoisyDesk desk, NoisyQuestion question, CancellationToken cancellationToken) =>
            new(await desk.AnswerAsync(question, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The release rules of <c>checked</c>: withholds cells before anything leaves the owner.</summary>
    internal static class ReleaseGate
    {
        /// <summary>
        /// Releases the cells in which every figure, and everything that follows from the cell's figures by subtraction, keeps the
        /// owner's rules: it stands on nobody or on at least <c>min_units</c> distinct units, and what it adds up keeps p%, (n,k)
        /// and the spread about zero (see <see cref="ReleaseRules"/>). The others are withheld whole and counted by the first rule they break.
        /// </summary>
        /// <remarks>
        /// Protects one answer by itself. It is no defence against combining answers, and says so wherever it is offered.
        /// </remarks>
        public static ReleasedAnswer Release(ApprovedFragment approved, Fragment fragment, RawAggregate raw, DatasetSource source)
        {
            var (released, hidden) = Sift(approved, raw, source);
            var answer = AnswerCodec.Encode(fragment, approved.Product, released);
            answer.SuppressedCells = raw.Cells.Count - released.Count;
            answer.Hidden.AddRange(hidden.Select(rule => new HiddenCells { Rule = NameOf(rule.Key), Cells = rule.Value }));
            answer.DatasetVersion = source.Version;
            return new ReleasedAnswer(answer);
        }

        /// <summary>The cells that keep the rules, as they may also go into a secure sum, and how many do not, by the first rule they break.</summary>
        public static (IReadOnlyList<ReleasedCell> Released, SortedDictionary<ReleaseRule, long> Hidden) Sift(ApprovedFragment approved, RawAggregate raw, DatasetSource source)
        {
            var released = new List<ReleasedCell>(raw.Cells.Count);
            var hidden = new SortedDictionary<ReleaseRule, long>();
            foreach (var cell in raw.Cells)
            {
                if (BrokenBy(cell, approved, source) is { } rule)
                {
                    hidden[rule] = hidden.GetValueOrDefault(rule) + 1;
                }
                else
                {
                    released.Add(new ReleasedCell(cell.Key, StatesOf(cell, approved)));
                }
            }

            return (released, hidden);
        }

        /// <summary>What leaves of a cell: of histograms, bins that keep rule 6, and for smallest and largest only the outer two.</summary>
        private static PartialState[] StatesOf(RawCell cell, ApprovedFragment approved) =>
            cell.Histograms.Count == 0 ? cell.States : [.. cell.States.Select((state, index) => approved.Aggregates[index].Grid is null ? state : StateOf(state, cell.Histograms[index], approved.Aggregates[index].Kind))];

        private static PartialState StateOf(PartialState state, RawHistogram histogram, AggregateKind kind)
        {
            ValueBin[] bins = state.Count == 0 ? [] : [.. histogram.Bins.Select(bin => new ValueBin(bin.Low, bin.High, bin.Count))];
            return kind == AggregateKind.Histogram ? state with { Bins = bins }
                : bins.Length == 0 ? new PartialState(0, Bins: bins)
                : new PartialState(1, Bins: [bins[0] with { Count = 0 }, bins[^1] with { Count = 0 }]);
        }

        /// <summary>The first rule that the cell breaks; null for none.</summary>
        private static ReleaseRule? BrokenBy(RawCell cell, ApprovedFragment approved, DatasetSource source)
        {
            if (cell.Supports.Length != approved.Supports.Count || cell.Totals.Length != approved.Contributions.Count)
            {
                throw new InvalidOperationException("The engine must count every support and contribution of every cell.");
            }

            foreach (var support in cell.Supports)
            {
                if (!approved.Rules.HasEnoughUnits(support, source.RowsPerUnitMax))
                {
                    return ReleaseRule.Threshold;
                }
            }

            for (var index = 0; index < cell.Totals.Length; index++)
            {
                if (BrokenBy(index, cell.Totals[index], cell.Supports[approved.Contributions[index].Support], approved, source) is { } rule)
                {
                    return rule;
                }
            }

            for (var index = 0; index < approved.Gaps.Count; index++)
            {
                var gap = approved.Gaps[index];
                var missing = cell.Supports[gap.All].Rows - cell.Supports[gap.Present].Rows;
                if (!approved.Rules.MayLack(missing, cell.MissingUnits.ElementAtOrDefault(index), source.RowsPerUnitMax))
                {
                    return ReleaseRule.Spread;
                }
            }

            for (var index = 0; index < approved.Aggregates.Count; index++)
            {
                if (approved.Aggregates[index].Grid is not null && !(cell.Histograms.TryGetValue(index, out var histogram) && approved.Rules.MayRelease(histogram)))
                {
                    return ReleaseRule.Threshold;
                }
            }

            return approved.Audit is null || (cell.Differences is { } differences && differences.All(one => IsSafe(one, approved, source)))
                ? null
                : ReleaseRule.Subtraction;
        }

        private static bool IsSafe(DifferenceCount difference, ApprovedFragment approved, DatasetSource source) =>
            approved.Rules.HasEnoughUnits(difference.Support, source.RowsPerUnitMax)
            && (difference.Contribution < 0 || BrokenBy(difference.Contribution, difference.Total, difference.Support, approved, source) is null);

        private static ReleaseRule? BrokenBy(int contribution, GrossTotal total, SupportCount support, ApprovedFragment approved, DatasetSource source)
        {
            var of = approved.Contributions[contribution];
            if (approved.Rules.AreSettled(of, total, support, source.MagnitudeOf(of), source.RowsPerUnitMax))
            {
                return null;
            }

            // Neither settled nor counted: nothing is known that would let it pass.
            return total.Units is { } units ? approved.Rules.BrokenBy(of, units) : ReleaseRule.PPercent;
        }

        private static HidingRule NameOf(ReleaseRule rule) => rule switch
        {
            ReleaseRule.Threshold => HidingRule.Threshold,
            ReleaseRule.PPercent => HidingRule.PPercent,
            ReleaseRule.Dominance => HidingRule.Dominance,
            ReleaseRule.Spread => HidingRule.Spread,
            _ => HidingRule.Subtraction,
        };
    }
}
