using System.Text.Json;

namespace EtlTools.Engine.Transform.Rules;

/// <summary>Reads rules from JSON, as rules.schema.json defines it. Errors are reported with line and path.</summary>
internal static class RuleFile
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="given">The known options for converting texts; the file may add others.</param>
    /// <returns>The rules, and all known options for converting texts.</returns>
    /// <exception cref="EtlException">The file cannot be read, or is not a rule file.</exception>
    public static (RuleOptions Rules, ConversionContext Conversion) Read(string path, ConversionContext given)
    {
        ArgumentNullException.ThrowIfNull(given);
        return Parse(Load(path), path, given);
    }

    internal static (RuleOptions Rules, ConversionContext Conversion) Parse(byte[] json, string name, ConversionContext given)
    {
        try
        {
            var reader = new Utf8JsonReader(
                json, new JsonReaderOptions { CommentHandling = Lenient.CommentHandling, AllowTrailingCommas = Lenient.AllowTrailingCommas });
            reader.Read();
            var parser = new RuleFileParser(given);
            parser.ReadFile(ref reader);
            if (reader.Read())
                throw new RuleFileException(reader.TokenStartIndex, "", "there is something after the end of the rules");
            return (parser.Options with { File = name }, parser.Conversion);
        }
        catch (RuleFileException e)
        {
            int line = 1 + json.AsSpan(0, (int)e.Offset).Count((byte)'\n');
            throw Refusal(name, line, e.Pointer.Length > 0 ? $"{e.Pointer}: {e.Message}" : e.Message, e);
        }
        catch (JsonException e)
        {
            throw Refusal(name, (e.LineNumber ?? 0) + 1, FormattableString.Invariant($"this is not JSON, at byte {e.BytePositionInLine + 1} of the line"), e);
        }
    }

    private static EtlException Refusal(string name, long line, string what, Exception inner) =>
        new(FailureCodes.InvalidRuleFile, FailureKind.InvalidCall, FormattableString.Invariant($"-RulePath: {name}:{line}: {what}."), inner);

    private static byte[] Load(string path)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            return bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new EtlException(FailureCodes.FileNotFound, FailureKind.NotFound, $"-RulePath: '{path}' does not exist.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EtlException(FailureCodes.ReadFailed, FailureKind.Unavailable, $"-RulePath: '{path}' cannot be read: {e.Message}", e);
        }
    }
}

/// <summary>A part of a rule file that does not conform to its schema.</summary>
internal sealed class RuleFileException(long offset, string pointer, string message) : Exception(message)
{
    /// <summary>Its position, in bytes.</summary>
    public long Offset => offset;

    /// <summary>Its position, as a JSON pointer.</summary>
    public string Pointer => pointer;
}
