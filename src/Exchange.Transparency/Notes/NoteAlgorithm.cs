namespace Exchange.Transparency.Notes;

/// <summary>What a key of signed notes signs, by the number that stands before the public key.</summary>
public enum NoteAlgorithm
{
    /// <summary>Ed25519 over the text.</summary>
    Ed25519 = 1,

    /// <summary>Ed25519 over <c>cosignature/v1</c>, a time and the text (c2sp.org/tlog-cosignature): a witness saw this checkpoint then, and no other of its size.</summary>
    CosignatureV1 = 4,
}
