using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Dapper;
using Exchange.Node.Hosting;
using Exchange.Node.Queries;
using Exchange.Node.SafeTables;
using Exchange.Node.Storage;
using Exchange.Privacy.SafeTables;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing;
using Google.Protobuf;

namespace Exchange.Node.Sessions;

/// <summary>
/// This owner's partitions: how its tables divide their rows, as it signs them. The same table gives the same bytes to the same asker and question,
/// so that a partition is current if it is the one that the node would make now.
/// </summary>
internal sealed class TablePartitions(SafeTableStore tables, StateStore state, NodeIdentity identity)
{
    /// <summary>Most blocks of a table.</summary>
    public const int BlocksMax = 10_000;

    private const int SecretBytes = 32;

    private readonly ConcurrentDictionary<string, byte[]> _secrets = new();

    /// <summary>The table that answers for what a fragment is about.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.TableAbsent"/>.</exception>
    public LiveTable LiveOf(AdmittedFragment admitted) => tables.Find(admitted.Product.Id, admitted.Source)
        ?? throw Reasons.TableAbsent.Because("The owner's dataset has no safe table yet.", "Ask the owner to set its offer again.");

    /// <summary>The partition of a table for a question, as it is signed.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.NotInTable"/>; <see cref="Reasons.NotServedYet"/>; <see cref="Reasons.PartitionTooLarge"/>.</exception>
    public async Task<TablePartition> OfAsync(AdmittedFragment admitted, LiveTable live)
    {
        var secret = await SecretOfAsync(live.Product).ConfigureAwait(false);
        var blocks = new TableBlocks(live);
        if (blocks.Descriptions.Count > BlocksMax)
        {
            throw TooLarge($"The owner's table has more than {BlocksMax} blocks.");
        }

        var told = new PartitionBlocks();
        told.Dimensions.Add(live.Table.Dimensions.Select(dimension => new PatternDimension { Name = dimension.Name, Values = { dimension.Labels.Select(TablePatterns.ValueOf) } }));
        foreach (var description in blocks.Descriptions)
        {
            told.Codes.Add(description.Select(code => (uint)(code + 1)));
            told.Stamps.Add(BinaryPrimitives.ReadUInt64BigEndian(HMACSHA256.HashData(secret, blocks.FiguresOf(description))));
        }

        var partition = new TablePartition
        {
            Participant = identity.ParticipantId,
            Asker = admitted.Query.Asker,
            Product = live.Product,
            DatasetVersion = live.DatasetVersion,
            TableCommitment = ByteString.CopyFrom(live.Commitment),
            Blocks = told.ToByteString(),
        };
        foreach (var figure in TableFigure.AllOf(admitted.Query.Fragment))
        {
            partition.Layers.Add(new PartitionLayer { Measure = figure.Measure, Squares = figure.Squares, Parts = { blocks.PartsOf(figure) } });
        }

        return partition.CalculateSize() <= SignedMessage.PayloadBytesMax ? partition : throw TooLarge("How the owner's table divides its rows takes more bytes than a message may have.");
    }

    private static ExchangeException TooLarge(string what) => Reasons.PartitionTooLarge.Because(what, "Leave this owner out with --participants, or ask it for a coarser table.");

    // Durable before a stamp made with it leaves: otherwise versions before and after a crash would look as if all had changed.
    private async Task<byte[]> SecretOfAsync(string product)
    {
        if (_secrets.TryGetValue(product, out var known))
        {
            return known;
        }

        var secret = await state.WriteAsync(
            connection =>
            {
                connection.Execute("INSERT INTO stamp_keys(product, secret) VALUES(@product, @secret) ON CONFLICT DO NOTHING", new { product, secret = RandomNumberGenerator.GetBytes(SecretBytes) });
                return connection.QuerySingle<byte[]>("SELECT secret FROM stamp_keys WHERE product = @product", new { product });
            },
            CancellationToken.None).ConfigureAwait(false);
        _secrets[product] = secret;
        return secret;
    }
}
