using System.Text.Json.Nodes;
using Exchange.Node.Audit;
using Exchange.Node.Queries;
using Exchange.Node.Storage;
using Exchange.Protocol.Audit.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Signing.V1;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Federation.Tests.Sessions;

/// <summary>
/// A member with an identity, keys and a log of its own that says what it likes in a round: what leaves its node is signed and, where it has to be, logged
/// as what it is, so that nothing but the lie itself can be found.
/// </summary>
internal sealed class Liar(SecureExchange secure, string firm)
{
    private const int HeaderLength = 37;
    private const int RoundAt = 32;

    /// <summary>Replaces what it says in a round by other content behind its header.</summary>
    public void Says(string round, Func<byte[], byte[]> body) => SaysWhole(round, message => [.. message[..HeaderLength], .. body(message[HeaderLength..])]);

    /// <summary>Replaces what it says in a round, its header too.</summary>
    public void SaysWhole(string round, Func<byte[], byte[]> payload) => secure.FaultsOf(firm).Afterwards = async (current, response) =>
    {
        if (current == round && RoundFaults.MessageOf(response) is { } message)
        {
            await SayAsync(response, payload(message.Payload.ToByteArray()));
        }
    };

    /// <summary>In a round says what it said, or another did, in an earlier one of this sum or of another.</summary>
    public void Repeats(string round, Func<Task<SessionMessage>> said) => secure.FaultsOf(firm).Afterwards = async (current, response) =>
    {
        if (current == round)
        {
            await RepeatAsync(response, await said());
        }
    };

    /// <summary>Tells another partition than its table's; logged where it is to hold.</summary>
    public void Describes(Action<PartitionBlocks> spoil, bool isLogged = true) => secure.FaultsOf(firm).Afterwards = async (_, response) =>
    {
        if (response is DescribeTableResponse { Partition: { } partition } described)
        {
            described.Partition = Changed(partition, spoil);
            described.Receipt = isLogged ? await LoggedAsync(described.Receipt, described.Salt, described.Partition.Payload) : described.Receipt;
        }
    };

    /// <summary>Its partition with other blocks, signed.</summary>
    public SignedBytes Changed(SignedBytes signed, Action<PartitionBlocks> spoil)
    {
        var partition = TablePartition.Parser.ParseFrom(signed.Payload);
        var blocks = PartitionBlocks.Parser.ParseFrom(partition.Blocks);
        spoil(blocks);
        partition.Blocks = blocks.ToByteString();
        foreach (var layer in partition.Layers)
        {
            layer.Parts.Clear();
            layer.Parts.Add(Enumerable.Range(1, blocks.Stamps.Count).Select(block => (uint)block));
        }

        using var key = secure.Exchange[firm].Home.LoadSigningKey();
        return SignedMessage.Sign(SignedMessage.Partition, partition, key);
    }

    /// <summary>Its partition with names of places that no block has, so that it takes exactly so many bytes as a part of a message.</summary>
    public SignedBytes Padded(SignedBytes signed, int bytes)
    {
        // The last text takes what is left, which is under ten thousand characters: more no name has.
        const int TextLength = 4_000;
        SignedBytes With(int texts, int last) => Changed(signed, blocks =>
        {
            blocks.Dimensions[1].Values.Add(Enumerable.Range(0, texts).Select(text => new PatternValue { Text = $"{text:000}".PadRight(TextLength, 'x') }));
            blocks.Dimensions[1].Values.Add(new PatternValue { Text = new string('y', last) });
        });
        var texts = ((bytes - signed.CalculateSize()) / (TextLength + 10)) - 1;
        var padded = With(texts, 1_000);
        padded = With(texts, 1_000 + bytes - padded.CalculateSize());
        Assert.Equal(bytes, padded.CalculateSize());
        return padded;
    }

    /// <summary>Signs other content with its key and puts it into the reply, with a receipt that holds for it.</summary>
    public Task SayAsync(object response, byte[] payload)
    {
        using var key = secure.Exchange[firm].Home.LoadSigningKey();
        return RepeatAsync(response, new SessionMessage
        {
            Payload = ByteString.CopyFrom(payload),
            Signature = ByteString.CopyFrom(key.Sign(SignedMessage.ToBeSigned(SignedMessage.Session, payload))),
        });
    }

    /// <summary>Puts a message into the reply, with a receipt that holds for it.</summary>
    public async Task RepeatAsync(object response, SessionMessage message)
    {
        RoundFaults.With(response, message);
        if (response is InputSessionResponse input)
        {
            input.Receipt = await LoggedAsync(input.Receipt, input.Salt, message.Payload);
        }
    }

    /// <summary>Logs an answer like the one of a receipt, of other bytes.</summary>
    public async Task<Receipt> LoggedAsync(Receipt receipt, ByteString salt, ByteString answer)
    {
        var services = secure.Exchange[firm].Host.Services;
        var log = services.GetRequiredService<AccessLog>();
        var leaf = JsonNode.Parse(receipt.Leaf.Span)!.AsObject();
        leaf["answer_hash"] = Convert.ToHexStringLower(ReleasedAnswer.HashOf(salt.Span, answer.Span));

        var lie = await services.GetRequiredService<StateStore>().WriteAsync(connection => log.Begin(log.Append(connection, "query.answered", leaf)), TestContext.Current.CancellationToken);
        return log.Prove(lie);
    }
}
