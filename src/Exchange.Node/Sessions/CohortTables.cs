using System.Collections.Immutable;
using System.Security.Cryptography;
using Exchange.Node.Peers;
using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing.V1;
using Exchange.Query.Products;

namespace Exchange.Node.Sessions;

/// <summary>
/// The tables of a cohort, as far as it knows them: by each member's signature how its table divides its rows, and the parts of all of them that
/// sums are told of. The same at asker and owners.
/// </summary>
internal sealed class CohortTables
{
    /// <summary>Most bytes of all partitions together, so that they fit in a message with the question: of a hundred members with 480 blocks they take a third of it.</summary>
    public const int BytesMax = 3 << 20;

    private CohortTables(IReadOnlyList<MemberTable> members, CohortPartition counts, IReadOnlyList<CohortPartition> byFigure) =>
        (Members, Counts, ByFigure) = (members, counts, byFigure);

    /// <summary>In the cohort's order.</summary>
    public IReadOnlyList<MemberTable> Members { get; }

    /// <summary>The parts of all blocks. Those of every kind of figure are unions of them.</summary>
    public CohortPartition Counts { get; }

    /// <summary>The parts by kinds of figures of the question.</summary>
    public IReadOnlyList<CohortPartition> ByFigure { get; }

    /// <summary>Names of the dimensions, the same of all members.</summary>
    public IReadOnlyList<string> Dimensions => Members[0].Dimensions;

    /// <summary>What the question is signed with.</summary>
    public static byte[] DigestOf(IEnumerable<SignedBytes> partitions) => SHA256.HashData([.. partitions.SelectMany(signed => SHA256.HashData(signed.Payload.Span))]);

    /// <summary>Refuses partitions that do not fit in a message.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.PartitionTooLarge"/>.</exception>
    public static void RequireRoom(IEnumerable<SignedBytes> partitions)
    {
        if (partitions.Sum(signed => (long)signed.CalculateSize()) > BytesMax)
        {
            throw Reasons.PartitionTooLarge.Because("How the tables of the participants divide their rows takes more bytes together than a secure sum over tables takes.", "Ask fewer participants at once.");
        }
    }

    /// <summary>Checks what a question came with.</summary>
    /// <param name="partitions">One per member, in the cohort's order.</param>
    /// <param name="query">The signed question.</param>
    /// <param name="product">What it is about.</param>
    /// <param name="register">Has the members' keys.</param>
    /// <param name="now">Keys that count now.</param>
    /// <exception cref="ExchangeException">
    /// <see cref="Reasons.PartitionInvalid"/>; <see cref="Reasons.PartitionTooLarge"/>; <see cref="Reasons.TableDimensionsDiffer"/>; <see cref="Reasons.CohortInvalid"/>.
    /// </exception>
    public static CohortTables Of(IReadOnlyList<SignedBytes> partitions, JointQuery query, Product product, RegisterView register, DateTimeOffset now)
    {
        RequireRoom(partitions);
        if (partitions.Count != query.Cohort.Participants.Count || !DigestOf(partitions).AsSpan().SequenceEqual(query.Cohort.PartitionsDigest.Span))
        {
            throw Reasons.PartitionInvalid.Because("The question is not signed with the members' partitions that came with it.", "Ask through a node of this exchange.");
        }

        return Of([.. partitions.Select((signed, position) => MemberTable.Read(signed, query.Cohort.Participants[position], query, product, register, now))], query);
    }

    /// <summary>The tables of members that were read, in the cohort's order.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.TableDimensionsDiffer"/>; <see cref="Reasons.CohortInvalid"/>.</exception>
    public static CohortTables Of(IReadOnlyList<MemberTable> members, JointQuery query)
    {
        if (members.Count == 0 || query.Cohort.MinNodes < Cohort.ParticipantsMin)
        {
            throw Reasons.CohortInvalid.Because($"A secure sum is over at least {Cohort.ParticipantsMin} participants.", "Ask through a node of this exchange.");
        }

        if (members.FirstOrDefault(member => !member.Dimensions.SequenceEqual(members[0].Dimensions)) is { } other)
        {
            throw Reasons.TableDimensionsDiffer.Because($"The table of {other.Member} has other dimensions than that of {members[0].Member}.", "Leave one of them out with --participants.");
        }

        return SecureFaults.Run(() =>
        {
            var counts = CountsOf(members.Select(member => member.ByBlocks()), query.Cohort.MinNodes);
            var figures = TableFigure.AllOf(query.Fragment);
            return new CohortTables(members, counts, [.. figures.Select((_, figure) => CohortPartition.Of([.. members.Select(member => member.ByFigure(figure))], query.Cohort.MinNodes, "", counts))]);
        });
    }

    /// <summary>The parts of all blocks. The asker is no member.</summary>
    public static CohortPartition CountsOf(IEnumerable<MemberPartition> members, int minNodes) => CohortPartition.Of([.. members], minNodes, "");

    /// <summary>Sums of certain parts as they would be told over some of the members.</summary>
    /// <param name="parts">Of <see cref="Counts"/>.</param>
    /// <param name="survivors">Over whom.</param>
    public ToldTable Told(ImmutableHashSet<int> parts, ParticipantSet survivors) => new(Counts, parts, [.. survivors.Select(position => Members[position].Stamps)]);
}
