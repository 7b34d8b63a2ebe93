namespace Exchange.Privacy.SecureSums;

/// <summary>Signs the payload of a round message with the participant's long-lived key, which stays outside.</summary>
public delegate byte[] RoundSigner(ReadOnlySpan<byte> payload);
