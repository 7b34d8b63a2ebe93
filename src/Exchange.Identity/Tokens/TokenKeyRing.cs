using System.Collections.Immutable;
using System.Security.Cryptography;
using Exchange.Identity.Storage;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Signing;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.Tokens;

namespace Exchange.Identity.Tokens;

/// <summary>
/// The keys that sign access tokens (ES256), persisted. A new key is published at once, in the key set and in the register,
/// and signs a minute later, when every node has fetched it. An old key stays published as long as a token of it may count:
/// its last token's life, the four hours of the outage rule, and a margin for clocks and late fetches.
/// </summary>
internal sealed class TokenKeyRing
{
    /// <summary>Life of a token.</summary>
    public static readonly TimeSpan TokenLifetime = TimeSpan.FromSeconds(300);

    /// <summary>From the publication of a key to its first signature; nodes fetch the register every 10 s.</summary>
    public static readonly TimeSpan PublishedAhead = TimeSpan.FromSeconds(60);

    /// <summary>How long a node may accept an expired token while it cannot reach the identity server, and a margin of an hour.</summary>
    public static readonly TimeSpan PublishedAfter = TimeSpan.FromHours(5);

    /// <summary>Most keys published at once.</summary>
    public const int KeysMax = 16;

    private readonly IdentityDatabase _database;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private volatile KeyList _keys;
    private CancellationTokenSource _change = new();

    /// <summary>Loads the keys.</summary>
    public TokenKeyRing(IdentityDatabase database, TimeProvider time)
    {
        _database = database;
        _time = time;
        _keys = Load();
    }

    /// <summary>Every published key, the one that signs now first.</summary>
    public IReadOnlyList<SecurityKey> Published()
    {
        var current = Current();
        return [current, .. _keys.Keys.Select(key => key.Key).Where(key => key != current)];
    }

    /// <summary>The key that signs now.</summary>
    public SecurityKey Current()
    {
        var now = _time.GetUtcNow();
        var keys = _keys.Keys;
        return (keys.LastOrDefault(key => key.SignFrom <= now) ?? keys[0]).Key;
    }

    /// <summary>Fires when the published keys are no longer those of the last <see cref="Published"/>.</summary>
    public IChangeToken ChangeToken()
    {
        lock (_gate)
        {
            return new CancellationChangeToken(_change.Token);
        }
    }

    /// <summary>Makes the first key of an exchange, which signs at once.</summary>
    public void EnsureFirst()
    {
        if (_keys.Keys.IsEmpty)
        {
            Add(_time.GetUtcNow());
        }
    }

    /// <summary>Makes a new key and returns its id.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.RegisterFull"/> when <see cref="KeysMax"/> are published.</exception>
    public string Rotate() => Add(_time.GetUtcNow() + PublishedAhead);

    /// <summary>Withdraws the keys of which no token can count any more.</summary>
    public void DropOutlived()
    {
        var now = _time.GetUtcNow();
        if (_keys.NextEnd > now)
        {
            return;
        }

        _database.Write(work => TokenKeyTable.DeleteOutlived(work, now) > 0 ? work.GrowRegister() : 0);
        Reload();
    }

    private string Add(DateTimeOffset signFrom)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var publicKey = key.ExportSubjectPublicKeyInfo();
        var stored = new StoredTokenKey(SigningKey.KeyIdOf(publicKey), key.ExportPkcs8PrivateKey(), publicKey, signFrom, null);
        _database.Write(work =>
        {
            if (TokenKeyTable.List(work).Count >= KeysMax)
            {
                throw Reasons.RegisterFull.Because($"The register holds {KeysMax} token keys, whose tokens may still count.", "Rotate again in a few hours.");
            }

            TokenKeyTable.PublishUntil(work, signFrom + TokenLifetime + PublishedAfter);
            TokenKeyTable.Add(work, stored);
            return work.GrowRegister();
        });
        Reload();
        return stored.KeyId;
    }

    private void Reload()
    {
        CancellationTokenSource changed;
        lock (_gate)
        {
            _keys = Load();
            changed = _change;
            _change = new CancellationTokenSource();
        }

        // Outside the lock: those who hear of it ask for the keys.
        changed.Cancel();
    }

    private KeyList Load()
    {
        var stored = _database.Read(TokenKeyTable.List);
        return new KeyList([.. stored.Select(RingKey.From)], stored.Min(key => key.PublishUntil) ?? DateTimeOffset.MaxValue);
    }

    private sealed record KeyList(ImmutableArray<RingKey> Keys, DateTimeOffset NextEnd);

    private sealed record RingKey(SecurityKey Key, DateTimeOffset SignFrom)
    {
        public static RingKey From(StoredTokenKey stored)
        {
            var key = ECDsa.Create();
            key.ImportPkcs8PrivateKey(stored.PrivateKey, out _);
            return new RingKey(new ECDsaSecurityKey(key) { KeyId = stored.KeyId }, stored.SignFrom);
        }
    }
}
