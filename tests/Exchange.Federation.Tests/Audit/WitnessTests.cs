using System.Net;
using System.Text;
using Exchange.Node.Audit;
using Exchange.Node.Hosting;
using Exchange.Node.Witnesses;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Tls;
using Exchange.Tests.Support;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Tiles;
using Exchange.Transparency.Trees;
using Exchange.Transparency.Witnesses;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Federation.Tests.Audit;

/// <summary>Nodes that witness each other's logs, over their listeners for peers.</summary>
public sealed class WitnessTests : IAsyncLifetime
{
    private readonly AuditExchange _exchange = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private TestNode Alpha => _exchange.Exchange["alpha"];

    private AccessLog AlphasLog => Alpha.Host.Services.GetRequiredService<AccessLog>();

    public async ValueTask InitializeAsync() => await _exchange.InitializeAsync();

    public ValueTask DisposeAsync() => _exchange.DisposeAsync();

    [Fact]
    public async Task The_auditor_and_three_others_cosign_the_newest_head()
    {
        Assert.Equal(4, await SubmitAsync());

        var cosigned = Alpha.Host.Services.GetRequiredService<Witnessing>().Newest!;
        Assert.Equal(AlphasLog.Head!.Head, cosigned.Head);
        var snapshot = Alpha.Host.Services.GetRequiredService<Exchange.Node.Peers.RegisterCache>().Current.Snapshot;
        foreach (var witness in new[] { "beta", "court", "gamma", "lab" })
        {
            var keys = LogKeys.OfWitness(snapshot.Participants.Single(participant => participant.Id == witness));
            Assert.Equal(NoteFault.None, SignedNote.Open(cosigned.Checkpoint, keys, out var note));
            Assert.NotNull(keys[0].CosignatureTime(note!.Signatures[0].ToBytes()));
        }

        var (exitCode, seen, _) = await _exchange.RunAsync("court", "audit", "witness");
        Assert.Equal(0, exitCode);
        Assert.Contains(seen["heads"]!.AsArray(), head => ((string)head!["participant"]!, (long)head["size"]!) == ("alpha", cosigned.Head.Size));
    }

    [Fact]
    public async Task A_home_put_back_to_an_earlier_state_does_not_serve_once_its_later_head_was_witnessed()
    {
        await SubmitAsync();
        var backup = await BackUpAsync();
        await _exchange.GrowAsync("alpha", 3);
        await SubmitAsync();
        await Alpha.StopAsync();
        backup();

        var refused = await Assert.ThrowsAsync<ExchangeException>(() => Alpha.StartAsync(Cancellation));

        Assert.Equal("LOG_TAMPERED", refused.Reason.Name);
        Assert.Equal(ErrorKind.VerificationFailed, refused.Reason.Kind);
    }

    [Fact]
    public async Task A_node_that_hears_of_its_later_head_while_it_runs_signs_nothing_more()
    {
        await SubmitAsync();
        var backup = await BackUpAsync();
        await _exchange.GrowAsync("alpha", 3);
        await SubmitAsync();
        await Alpha.StopAsync();
        backup();
        string[] witnesses = ["beta", "court", "gamma", "lab"];
        foreach (var witness in witnesses)
        {
            _exchange.Exchange[witness].KeepPort();
            await _exchange.Exchange[witness].StopAsync();
        }

        // Nobody is there to tell it at its start.
        await Alpha.StartAsync(Cancellation);
        var size = AlphasLog.Head!.Head.Size;
        await _exchange.Exchange["court"].StartAsync(Cancellation);
        var stopped = Alpha.Host.WaitForShutdownAsync(Cancellation);
        await SubmitAsync();

        Assert.Equal("LOG_TAMPERED", (await Assert.ThrowsAsync<ExchangeException>(() => stopped)).Reason.Name);
        Assert.Equal(size, AlphasLog.Head!.Head.Size);
        Assert.NotNull(AlphasLog.Halted);
    }

    [Fact]
    public async Task A_split_view_ends_as_a_stored_proof_that_anybody_checks()
    {
        await SubmitAsync();
        var head = AlphasLog.Head!.Head;
        var leaves = LogForger.LeavesOf(Alpha.Home);
        leaves[^1] = AuditExchange.With(leaves[^1], "caller", "nobody");

        Assert.Equal(WitnessVerdict.Conflict, await SendAsync("court", new AddCheckpoint(head.Size, [], Signed(leaves))));

        var (caught, seen, _) = await _exchange.RunAsync("court", "audit", "witness", "--output", _exchange.Exchange.PathOf("proofs"));
        Assert.Equal(5, caught);
        var file = (string)Assert.Single(seen["misbehaviour"]!.AsArray())!["file"]!;
        var (holds, shown, _) = await _exchange.RunAsync("lab", "audit", "verify", file);
        Assert.Equal((0, "alpha", head.Size), (holds, (string)shown["participant"]!, (long)shown["later_size"]!));
    }

    [Fact]
    public async Task A_fork_that_is_longer_is_not_cosigned_and_its_own_proof_accuses_it()
    {
        await SubmitAsync();
        var head = AlphasLog.Head!.Head;
        var leaves = LogForger.LeavesOf(Alpha.Home);
        leaves[0] = AuditExchange.With(leaves[0], "caller", "nobody");
        leaves.AddRange(leaves[..3]);
        var tree = TreeOf(leaves);
        var proof = MerkleTree.ConsistencyProof(tree.Snapshot(), head.Size, leaves.Count);

        Assert.Equal(WitnessVerdict.Inconsistent, await SendAsync("court", new AddCheckpoint(head.Size, proof, Signed(leaves))));

        Assert.Equal(head.Size, LogSizeKnownTo("court"));
        Assert.Equal(long.IsPow2(head.Size) ? 0 : 1, _exchange.Exchange["court"].Host.Services.GetRequiredService<WitnessBook>().Proofs().Count);
    }

    [Fact]
    public async Task An_answer_waits_for_the_witnesses_that_a_question_demands()
    {
        var answer = await _exchange.Joint.AskAsync("SELECT COUNT(*) AS n FROM readings", request => request.Witnesses = 4);

        Assert.Equal(3, answer.Coverage.Count);
        Assert.All(answer.Coverage, part =>
        {
            Assert.Equal(Exchange.Protocol.Owner.V1.CoverageStatus.Answered, part.Status);
            Assert.Equal(4, WitnessCount.Of(part.Receipt, part.ParticipantId, Alpha.Host.Services.GetRequiredService<Exchange.Node.Peers.RegisterCache>().Current));
        });
        await Assert.ThrowsAsync<ExchangeException>(() => _exchange.Joint.AskAsync("SELECT COUNT(*) AS n FROM readings", request => request.Witnesses = 9));
    }

    [Fact]
    public async Task With_too_few_witnesses_at_hand_no_answer_counts()
    {
        await _exchange.Exchange["court"].StopAsync();

        var answer = await _exchange.Joint.AskAsync("SELECT COUNT(*) AS n FROM readings", request => request.Witnesses = 4);

        Assert.Empty(answer.Rows);
        Assert.All(answer.Coverage, part => Assert.Equal("WITNESSES_MISSING", part.Refusal.Reason));
    }

    [Theory]
    [InlineData("")]
    [InlineData("old 0\n")]
    [InlineData("old 01\n\nx")]
    [InlineData("old -1\n\nx")]
    [InlineData("old 0\nAAAA\n\nx")]
    public async Task What_is_no_request_is_turned_away(string body)
    {
        using var client = Client("court", "alpha");
        using var content = new StringContent(body);
        using var reply = await client.PostAsync("/witness/add-checkpoint", content, Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
    }

    [Fact]
    public async Task A_log_that_is_not_a_member_s_and_a_key_that_is_not_the_log_s_are_not_witnessed()
    {
        using var key = Exchange.Protocol.Signing.SigningKey.Create();
        using var stranger = NoteSigner.FromSeed("stranger.participant.exchange/log", key.ExportSeed());
        using var impostor = NoteSigner.FromSeed(Identifiers.LogOriginOf("beta"), key.ExportSeed());
        var head = new TreeHead(1, TreeHash.OfLeaf("x"u8));

        Assert.Equal(404, (int)await SendAsync("court", new AddCheckpoint(0, [], new Checkpoint("stranger.participant.exchange/log", head).Sign(stranger))));
        Assert.Equal(WitnessVerdict.NotSigned, await SendAsync("court", new AddCheckpoint(0, [], new Checkpoint(Identifiers.LogOriginOf("beta"), head).Sign(impostor))));
    }

    /// <summary>Each is signed with the log's own key, so that nothing but its form speaks against it.</summary>
    [Fact]
    public async Task A_checkpoint_that_another_reader_would_read_otherwise_is_not_cosigned()
    {
        await SubmitAsync();
        await _exchange.GrowAsync("alpha", 2);
        var head = AlphasLog.Head!.Head;
        var known = LogSizeKnownTo("court");
        var proof = MerkleTree.ConsistencyProof(AlphasLog.Head.Tree, known, head.Size);
        var (origin, size, root) = (Identifiers.LogOriginOf("alpha"), head.Size, head.Root);
        foreach (var text in new[]
        {
            $"{origin}\n0{size}\n{root}\n", $"{origin}\r\n{size}\r\n{root}\r\n", $"{origin}\n+{size}\n{root}\n",
            $"{origin}\n{size}\n{root}=\n", $"{origin} \n{size}\n{root}\n", $"{Identifiers.LogOriginOf("beta")}\n{size}\n{root}\n", $"{origin}\n0\n{root}\n",
        })
        {
            Assert.NotEqual(WitnessVerdict.Cosigned, await SendAsync("court", new AddCheckpoint(known, proof, NoteOf(text))));
            Assert.Equal(known, LogSizeKnownTo("court"));
        }

        var whole = NoteOf($"{origin}\n{size}\n{root}\n");
        Assert.NotEqual(WitnessVerdict.Cosigned, await SendAsync("court", new AddCheckpoint(known, proof, whole[..^1])));
        Assert.Equal(WitnessVerdict.Cosigned, await SendAsync("court", new AddCheckpoint(known, proof, whole)));
    }

    private byte[] NoteOf(string text)
    {
        using var key = Alpha.Home.LoadLogKey();
        using var signer = NoteSigner.FromSeed(Identifiers.LogOriginOf("alpha"), key.ExportSeed());
        return Encoding.UTF8.GetBytes($"{text}\n{new NoteSignature(signer.Verifier.Key, Convert.ToBase64String(signer.Sign(Encoding.UTF8.GetBytes(text))))}");
    }

    [Fact]
    public async Task A_suspended_participant_calls_no_witness()
    {
        await _exchange.Exchange.Operator.SuspendParticipantAsync(new SuspendParticipantRequest { ParticipantId = "alpha" }, cancellationToken: Cancellation);
        await _exchange.Exchange["court"].Host.RefreshRegisterAsync(Cancellation);

        Assert.Equal(WitnessVerdict.NotSigned, await SendAsync("court", new AddCheckpoint(0, [], AlphasLog.Head!.Checkpoint)));
    }

    [Fact]
    public async Task Of_requests_that_race_none_takes_the_witness_back()
    {
        var heads = new List<byte[]>();
        for (var i = 0; i < 12; i++)
        {
            await _exchange.GrowAsync("alpha", 2);
            heads.Add(AlphasLog.Head!.Checkpoint);
        }

        var book = _exchange.Exchange["court"].Host.Services.GetRequiredService<WitnessBook>();
        var keys = new[] { AlphasLog.Verifier };
        var first = LogSizeKnownTo("court");
        var seen = new System.Collections.Concurrent.ConcurrentQueue<long>();
        await Parallel.ForEachAsync(heads.SelectMany(head => Enumerable.Repeat(head, 4)), Cancellation, async (note, _) =>
        {
            Checkpoint.Open(note, keys, out var next);
            for (var tries = 0; tries < 20; tries++)
            {
                var old = LogSizeKnownTo("court");
                if (old > next!.Head.Size)
                {
                    break;
                }

                var proof = old == 0 ? [] : MerkleTree.ConsistencyProof(AlphasLog.Head!.Tree, old, next.Head.Size);
                var (decision, _) = await book.AddAsync("alpha", new AddCheckpoint(old, proof, note), keys);
                Assert.NotEqual(WitnessVerdict.Inconsistent, decision.Verdict);
                seen.Enqueue(LogSizeKnownTo("court"));
                if (decision.Verdict == WitnessVerdict.Cosigned)
                {
                    break;
                }
            }
        });

        Assert.Equal(AlphasLog.Head!.Head.Size, LogSizeKnownTo("court"));
        Assert.All(seen, size => Assert.True(size >= first));
        Assert.Equal(WitnessVerdict.Conflict, (await book.AddAsync("alpha", new AddCheckpoint(0, [], heads[0]), keys)).Decision.Verdict);
        Assert.Equal(AlphasLog.Head!.Head.Size, LogSizeKnownTo("court"));
    }

    private Task<int> SubmitAsync() => Alpha.Host.Services.GetRequiredService<Witnessing>().SubmitAsync(Cancellation);

    private long LogSizeKnownTo(string witness) =>
        _exchange.Exchange[witness].Host.Services.GetRequiredService<WitnessBook>().Known("alpha") is { } note && Checkpoint.Open(note, [AlphasLog.Verifier], out var known) == NoteFault.None
            ? known!.Head.Size
            : 0;

    private async Task<WitnessVerdict> SendAsync(string witness, AddCheckpoint request)
    {
        using var client = Client(witness, "alpha");
        using var content = new ByteArrayContent(request.ToBytes());
        using var reply = await client.PostAsync("/witness/add-checkpoint", content, Cancellation);
        return (WitnessVerdict)reply.StatusCode;
    }

    private HttpClient Client(string witness, string caller) =>
        new(MutualTls.HandlerFor(_exchange.Exchange[caller].Home.LoadCertificate(), Alpha.Home.LoadCa(), Identifiers.TlsNameOf(witness), TimeProvider.System))
        {
            BaseAddress = new Uri(_exchange.Exchange[witness].Host.Endpoint),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

    private byte[] Signed(List<byte[]> leaves)
    {
        using var key = Alpha.Home.LoadLogKey();
        using var signer = NoteSigner.FromSeed(Identifiers.LogOriginOf("alpha"), key.ExportSeed());
        return new Checkpoint(signer.Verifier.Key.Name, new TreeHead(leaves.Count, TreeOf(leaves).Root())).Sign(signer);
    }

    private static TreeEdge TreeOf(List<byte[]> leaves)
    {
        var edge = TreeEdge.Load(new NothingBelow(), [], 0);
        foreach (var leaf in leaves)
        {
            edge.Append(TreeHash.OfLeaf(leaf));
        }

        return edge;
    }

    // Stops the node for a copy of its files, and starts it again; what is returned puts the copy back.
    private async Task<Action> BackUpAsync()
    {
        var folder = Directory.CreateDirectory(_exchange.Exchange.PathOf("backup")).FullName;
        string[] names = ["state.db", "state.db-wal", "state.db-shm", "log-head.txt"];
        await Alpha.StopAsync();
        foreach (var name in names.Where(name => File.Exists(Path.Combine(Alpha.Home.Path, name))))
        {
            File.Copy(Path.Combine(Alpha.Home.Path, name), Path.Combine(folder, name));
        }

        await Alpha.StartAsync(Cancellation);
        await _exchange.Exchange.RefreshAsync();
        return () =>
        {
            foreach (var name in names)
            {
                File.Delete(Path.Combine(Alpha.Home.Path, name));
                if (File.Exists(Path.Combine(folder, name)))
                {
                    File.Copy(Path.Combine(folder, name), Path.Combine(Alpha.Home.Path, name));
                }
            }
        };
    }

    private sealed class NothingBelow : ISubtreeHashes
    {
        public TreeHash Read(int height, long index) => throw new InvalidDataException("Small trees have no full tiles.");
    }
}
