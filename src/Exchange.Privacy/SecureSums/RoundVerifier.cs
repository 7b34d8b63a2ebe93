namespace Exchange.Privacy.SecureSums;

/// <summary>Whether the signature is that participant's over the payload, by the key on record for it. Never throws for malformed bytes.</summary>
public delegate bool RoundVerifier(string participant, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> signature);
