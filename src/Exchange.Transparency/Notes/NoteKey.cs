using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Exchange.Transparency.Notes;

/// <summary>What signed notes say of a key: its name, and four bytes that tell apart keys of one name.</summary>
/// <param name="Name">Not empty, without white space and plus signs.</param>
/// <param name="Id">First four bytes, the largest first, of SHA-256(name ‖ 0x0A ‖ algorithm ‖ public key).</param>
public readonly record struct NoteKey(string Name, uint Id)
{
    /// <summary>As messages show it: <c>name+0a1b2c3d</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}+{Id:x8}");

    /// <summary>The key of that name and public key, the algorithm's number in front.</summary>
    internal static NoteKey Of(string name, ReadOnlySpan<byte> algorithmAndKey)
    {
        var hash = SHA256.HashData([.. Encoding.UTF8.GetBytes(name), (byte)'\n', .. algorithmAndKey]);
        return new NoteKey(name, BinaryPrimitives.ReadUInt32BigEndian(hash));
    }

    /// <summary>Whether a key may be called so.</summary>
    internal static bool IsName(string name) =>
        name.Length > 0 && !name.Contains('+', StringComparison.Ordinal) && !name.Any(char.IsWhiteSpace) && !HasLoneSurrogate(name);

    private static bool HasLoneSurrogate(string name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsSurrogate(name[i]) && (i + 1 == name.Length || !char.IsSurrogatePair(name[i], name[++i])))
            {
                return true;
            }
        }

        return false;
    }
}
