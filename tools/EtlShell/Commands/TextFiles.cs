using System.Management.Automation;
using System.Text;

namespace Microsoft.PowerShell.Commands;

/// <summary>The names that -Encoding takes.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TextEncodingAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            Encoding encoding => encoding,
            int codePage => Encoding.GetEncoding(codePage),
            _ => $"{value}".ToLowerInvariant() switch
            {
                "utf8" or "utf8nobom" or "default" or "ansi" or "oem" => TextEncoding.Default,
                "utf8bom" => new UTF8Encoding(encoderShouldEmitUTF8Identifier: true),
                "ascii" => Encoding.ASCII,
                "unicode" => Encoding.Unicode,
                "bigendianunicode" => Encoding.BigEndianUnicode,
                "utf32" => Encoding.UTF32,
                "bigendianutf32" => new UTF32Encoding(bigEndian: true, byteOrderMark: true),
                string name => Encoding.GetEncoding(name),
            },
        };
    }
}

internal static class TextEncoding
{
    public static Encoding Default { get; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
}

/// <summary>Files that commands write to by PowerShell paths.</summary>
internal static class TextFiles
{
    public static StreamWriter OpenWrite(PSCmdlet command, string path, bool literal, Encoding encoding, bool append, bool noClobber, bool force)
    {
        string file = Paths.ForWriting(command, path, literal);
        try
        {
            if (force && File.Exists(file))
                File.SetAttributes(file, File.GetAttributes(file) & ~FileAttributes.ReadOnly);
            FileMode mode = append ? FileMode.Append : noClobber ? FileMode.CreateNew : FileMode.Create;
            return new StreamWriter(new FileStream(file, mode, FileAccess.Write, FileShare.Read), encoding);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            command.ThrowTerminatingError(new ErrorRecord(e, "FileOpenFailure", ErrorCategory.OpenError, file));
            throw;
        }
    }
}
