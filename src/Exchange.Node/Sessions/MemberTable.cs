using System.Collections.Immutable;
using System.Security.Cryptography;
using Exchange.Node.Peers;
using Exchange.Node.SafeTables;
using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Signing.V1;
using Exchange.Query.Products;
using Google.Protobuf;

namespace Exchange.Node.Sessions;

/// <summary>How a member's table divides its rows, by its own signature. Whoever hands it on, nothing else in it counts.</summary>
internal sealed class MemberTable
{
    private readonly IReadOnlyList<IReadOnlyList<uint>> _layers;

    private MemberTable(SignedBytes signed, TablePartition partition, PartitionBlocks blocks)
    {
        (Signed, BlocksBytes) = (signed, partition.Blocks);
        Hash = SHA256.HashData(signed.Payload.Span);
        Member = partition.Participant;
        DatasetVersion = partition.DatasetVersion;
        Dimensions = [.. blocks.Dimensions.Select(dimension => dimension.Name)];
        Stamps = new MemberStamps(Member, BlocksOf(blocks));
        _layers = [.. partition.Layers.Select(layer => layer.Parts)];
    }

    /// <summary>Who.</summary>
    public string Member { get; }

    /// <summary>As it was signed.</summary>
    public SignedBytes Signed { get; }

    /// <summary>SHA-256 of what was signed.</summary>
    public byte[] Hash { get; }

    /// <summary>The version that the table answers for.</summary>
    public int DatasetVersion { get; }

    /// <summary>Names of the dimensions, in the table's order.</summary>
    public IReadOnlyList<string> Dimensions { get; }

    /// <summary>The blocks, with what tells whether they changed.</summary>
    public MemberStamps Stamps { get; }

    /// <summary>The blocks as they were signed.</summary>
    public ByteString BlocksBytes { get; }

    /// <summary>By blocks alone.</summary>
    public MemberPartition ByBlocks() => ByBlocks(Stamps);

    /// <summary>The same, of blocks that were read before.</summary>
    public static MemberPartition ByBlocks(MemberStamps stamps) => new(stamps.Member, [.. stamps.Blocks.Select((block, at) => new MemberBlock(block.Description, at + 1))]);

    /// <summary>By which blocks one of the question's kinds of figures is told of together.</summary>
    public MemberPartition ByFigure(int figure) => new(Member, [.. Stamps.Blocks.Select((block, at) => new MemberBlock(block.Description, checked((int)_layers[figure][at])))]);

    /// <summary>Checks and reads a partition.</summary>
    /// <param name="signed">From a peer.</param>
    /// <param name="member">Whose it has to be.</param>
    /// <param name="query">For whose asker and fragment.</param>
    /// <param name="product">What the fragment is about.</param>
    /// <param name="register">Has the member's keys.</param>
    /// <param name="now">Keys that count now.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.PartitionInvalid"/>.</exception>
    public static MemberTable Read(SignedBytes? signed, string member, JointQuery query, Product product, RegisterView register, DateTimeOffset now)
    {
        if (signed is null || register.KeyOf(member, signed.KeyId, KeyUse.Signing, now) is not { } key || !SignedMessage.Verify(SignedMessage.Partition, signed, key))
        {
            throw Invalid(member, "is not signed with a key that the register holds for it");
        }

        TablePartition partition;
        PartitionBlocks blocks;
        try
        {
            partition = TablePartition.Parser.ParseFrom(signed.Payload);
            blocks = PartitionBlocks.Parser.ParseFrom(partition.Blocks);
        }
        catch (InvalidProtocolBufferException)
        {
            throw Invalid(member, "cannot be read");
        }

        if (partition.Participant != member || partition.Asker != query.Asker || partition.Product != product.Id || partition.TableCommitment.Length != SHA256.HashSizeInBytes)
        {
            throw Invalid(member, "is of another participant, for another asker or of another product");
        }

        var pattern = new TablePattern { Dimensions = { blocks.Dimensions }, Codes = { blocks.Codes } };
        if (!PatternRules.Holds(pattern, TablePartitions.BlocksMax, withParts: false) || !CommonParts.IsOf(pattern, product) || blocks.Stamps.Count != blocks.Codes.Count / blocks.Dimensions.Count)
        {
            throw Invalid(member, "is of a table that cannot be");
        }

        var figures = TableFigure.AllOf(query.Fragment);
        return partition.Layers.Select(layer => new TableFigure(layer.Measure, layer.Squares)).SequenceEqual(figures)
            && partition.Layers.All(layer => layer.Parts.Count == blocks.Stamps.Count && layer.Parts.All(part => part <= blocks.Stamps.Count))
            ? new MemberTable(signed, partition, blocks)
            : throw Invalid(member, "is not of the figures that are asked for");
    }

    /// <summary>The blocks of a table by their descriptions.</summary>
    public static ImmutableArray<StampedBlock> BlocksOf(PartitionBlocks blocks)
    {
        var (dimensions, described) = (blocks.Dimensions.Count, ImmutableArray.CreateBuilder<StampedBlock>(blocks.Stamps.Count));
        for (var block = 0; block < blocks.Stamps.Count; block++)
        {
            var description = ImmutableArray.CreateBuilder<string?>(dimensions);
            for (var dimension = 0; dimension < dimensions && blocks.Codes[(block * dimensions) + dimension] is > 0 and var code; dimension++)
            {
                var value = blocks.Dimensions[dimension].Values[(int)code - 1];
                description.Add(value.HasText ? value.Text : null);
            }

            described.Add(new StampedBlock(description.ToImmutable(), blocks.Stamps[block]));
        }

        return described.MoveToImmutable();
    }

    private static ExchangeException Invalid(string member, string what) =>
        Reasons.PartitionInvalid.Because($"How the table of {member} divides its rows {what}.", "Ask again through a node of this exchange; if it stays so, leave that owner out.");
}
