using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Exchange.Privacy.SafeTables;

namespace Exchange.Privacy.SecureSums;

/// <summary>
/// The parts that sums over the members' tables are told of. First the finest partition of which every member's blocks are no coarser: what
/// one member tells only together is together. Then parts with fewer than <c>contributorsMin</c> members are pooled: by their first values,
/// all but one of the dimensions down to none, and what is left joins the part it shares most values with. The same for all who compute
/// it, in whatever order members and blocks come.
/// <para>
/// What it proves: a sum over any union of parts, and so any sum or difference of answers, is over whole blocks of each member and over at
/// least contributorsMin members' rows wherever it is not 0. Without it, "month" less "month by wind" is the figure of the one member whose
/// blocks are months. A part that holds a block its member withholds is not told.
/// </para>
/// </summary>
public sealed class CohortPartition
{
    private static readonly IComparer<ImmutableArray<string?>> DescriptionOrder = Comparer<ImmutableArray<string?>>.Create(Compare);

    private readonly Dictionary<string, int> _partOf = new(StringComparer.Ordinal);

    private CohortPartition(ImmutableArray<CohortPart> parts)
    {
        Parts = parts;
        var text = new StringBuilder("exchange/cohort-partition/v1\n");
        for (var part = 0; part < parts.Length; part++)
        {
            foreach (var description in parts[part].Descriptions)
            {
                var key = KeyOf(description.AsSpan());
                _partOf.Add(key, part);
                text.Append(key).Append('\n');
            }

            text.AppendJoin('\n', parts[part].Members.Select(member => $"={member.Length}:{member}")).Append("\n\n");
        }

        Digest = [.. SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()))];
    }

    /// <summary>In the order of their first descriptions; none where no part has enough members.</summary>
    public ImmutableArray<CohortPart> Parts { get; }

    /// <summary>SHA-256 of all parts, to be fixed with the question: equal partitions have equal digests.</summary>
    public ImmutableArray<byte> Digest { get; }

    /// <summary>The part, by its position, that some member's block of this description is in; null where it is not told.</summary>
    public int? PartOf(ReadOnlySpan<string?> description) => _partOf.TryGetValue(KeyOf(description), out var part) ? part : null;

    /// <summary>The partition of a cohort.</summary>
    /// <param name="members">Of tables with the same dimensions; none twice.</param>
    /// <param name="contributorsMin">Fewest members of a part; at least 1.</param>
    /// <param name="asker">Does not count where it is a member.</param>
    /// <param name="finer">
    /// A partition of the same blocks, of which no part is taken apart. Figures of one question that are told by different partitions, such as
    /// counts and sums, are told by partitions coarser than one of them: otherwise a count of rows less a count of values could be of few.
    /// </param>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.CohortInvalid"/> for a member or a block that stands twice.</exception>
    public static CohortPartition Of(IReadOnlyCollection<MemberPartition> members, int contributorsMin, string asker, CohortPartition? finer = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(contributorsMin, 1);
        var pieces = Join(members, finer);
        bool IsEnough(IEnumerable<Piece> some) =>
            some.SelectMany(piece => piece.Members).Where(member => member != asker).Distinct(StringComparer.Ordinal).Skip(contributorsMin - 1).Any();

        var parts = pieces.Where(piece => IsEnough([piece])).Select(piece => new List<Piece> { piece }).ToList();
        var rest = pieces.Where(piece => !IsEnough([piece])).ToHashSet();
        for (var length = Math.Max(0, rest.Select(piece => piece.Common.Length - 1).DefaultIfEmpty(0).Max()); length >= 0; length--)
        {
            // A piece that has fewer values waits.
            foreach (var group in rest.Where(piece => piece.Common.Length >= length).GroupBy(piece => KeyOf(piece.Common.AsSpan(0, length))).Where(IsEnough).ToList())
            {
                parts.Add([.. group]);
                rest.ExceptWith(group);
            }
        }

        // Places are found before anything moves, so that the order of what is left does not matter.
        if (parts.Count > 0)
        {
            var places = parts.ConvertAll(part => CommonOf(part.Select(piece => piece.Common)));
            foreach (var (piece, place) in rest.Select(piece => (piece, NearestTo(piece.Common, places))).ToList())
            {
                parts[place].Add(piece);
            }
        }

        return new CohortPartition([.. parts
            .Select(part => new CohortPart(
                [.. part.SelectMany(piece => piece.Descriptions).Order(DescriptionOrder)],
                [.. part.SelectMany(piece => piece.Members).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]))
            .OrderBy(part => part.Descriptions[0], DescriptionOrder)]);
    }

    // The finest partition in which no member's part is apart, less the pieces that some member withholds a block of.
    private static List<Piece> Join(IReadOnlyCollection<MemberPartition> members, CohortPartition? finer)
    {
        var descriptions = members.SelectMany(member => member.Blocks).Select(block => block.Description).DistinctBy(description => KeyOf(description.AsSpan())).Order(DescriptionOrder).ToList();
        var tree = new DescriptionTree();
        var nodes = descriptions.ConvertAll(tree.Add);
        var (sets, withheld) = (new DisjointSets(descriptions.Count), new HashSet<int>());
        var membersOf = descriptions.ConvertAll(_ => new List<string>());
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (member, blocks) in members)
        {
            var own = new int?[tree.Count];
            if (!seen.Add(member) || !blocks.All(block => TrySet(ref own[tree.Add(block.Description)], block.Part)))
            {
                throw new SecureSumException(SecureSumFault.CohortInvalid, $"{member} or a block of its table stands twice.");
            }

            var firstOf = new Dictionary<int, int>();
            for (var at = 0; at < descriptions.Count; at++)
            {
                // What a description is told with: the part of the narrowest block of the member that describes it; none where it has no rows there.
                if (tree.Nearest(nodes[at], node => own[node] is not null) is not (>= 0 and var nearest))
                {
                    continue;
                }

                membersOf[at].Add(member);
                var part = own[nearest]!.Value;
                if (part == 0)
                {
                    withheld.Add(at);
                }
                else if (!firstOf.TryAdd(part, at))
                {
                    sets.Join(firstOf[part], at);
                }
            }
        }

        var firstOfFiner = new Dictionary<int, int>();
        for (var at = 0; finer is not null && at < descriptions.Count; at++)
        {
            if (finer.PartOf(descriptions[at].AsSpan()) is { } part && !firstOfFiner.TryAdd(part, at))
            {
                sets.Join(firstOfFiner[part], at);
            }
        }

        var withheldSets = withheld.Select(sets.Find).ToHashSet();
        return [.. Enumerable.Range(0, descriptions.Count)
            .GroupBy(sets.Find)
            .Where(set => !withheldSets.Contains(set.Key))
            .Select(set => new Piece([.. set.Select(at => descriptions[at])], CommonOf(set.Select(at => descriptions[at])), [.. set.SelectMany(at => membersOf[at])]))];
    }

    private static bool TrySet(ref int? place, int part)
    {
        var isFree = place is null;
        place ??= part;
        return isFree;
    }

    private static int NearestTo(ImmutableArray<string?> description, List<ImmutableArray<string?>> places) =>
        Enumerable.Range(0, places.Count).MaxBy(at => description.AsSpan().CommonPrefixLength(places[at].AsSpan()));

    private static ImmutableArray<string?> CommonOf(IEnumerable<ImmutableArray<string?>> descriptions) =>
        descriptions.Aggregate((one, other) => one[..one.AsSpan().CommonPrefixLength(other.AsSpan())]);

    // A length before each text, so that no two descriptions have one key.
    private static string KeyOf(ReadOnlySpan<string?> description)
    {
        var key = new StringBuilder();
        foreach (var value in description)
        {
            key.Append(value?.Length ?? -1).Append(':').Append(value).Append(',');
        }

        return key.ToString();
    }

    private static int Compare(ImmutableArray<string?> one, ImmutableArray<string?> other)
    {
        var common = one.AsSpan().CommonPrefixLength(other.AsSpan());
        return common < one.Length && common < other.Length ? string.CompareOrdinal(one[common], other[common]) : one.Length.CompareTo(other.Length);
    }

    // What is together before pooling; Common: the first values that all its descriptions share.
    private sealed record Piece(ImmutableArray<ImmutableArray<string?>> Descriptions, ImmutableArray<string?> Common, ImmutableArray<string> Members);
}
