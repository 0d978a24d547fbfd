using System.Globalization;
using System.Management.Automation;
using System.Runtime.InteropServices;
using System.Text;
using EtlTools.Engine;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Takes an encoding by PowerShell's names for it, by any name or code page that .NET knows, or as it is.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class EncodingArgumentAttribute : ArgumentTransformationAttribute
{
    private static readonly Dictionary<string, Func<Encoding>> PowerShellNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ascii"] = () => Encoding.ASCII,
        ["ansi"] = () => Known(CultureInfo.CurrentCulture.TextInfo.ANSICodePage),
        ["bigendianunicode"] = () => Encoding.BigEndianUnicode,
        ["bigendianutf32"] = () => new UTF32Encoding(bigEndian: true, byteOrderMark: true),
        ["default"] = () => new UTF8Encoding(false),
        ["latin1"] = () => Encoding.Latin1,
        ["oem"] = () => Known(OperatingSystem.IsWindows() ? (int)GetOEMCP() : CultureInfo.CurrentCulture.TextInfo.OEMCodePage),
        ["unicode"] = () => Encoding.Unicode,
        ["utf8"] = () => new UTF8Encoding(false),
        ["utf8BOM"] = () => new UTF8Encoding(true),
        ["utf8NoBOM"] = () => new UTF8Encoding(false),
        ["utf32"] = () => Encoding.UTF32,
    };

    /// <summary>The names that tab completion offers: PowerShell's, then .NET's.</summary>
    public static IEnumerable<string> Names => PowerShellNames.Keys
        .Concat(CodePagesEncodingProvider.Instance.GetEncodings().Concat(Encoding.GetEncodings()).Select(encoding => encoding.Name).Order(StringComparer.Ordinal))
        .Distinct(StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? given = ValueUnwrapper.Unwrap(inputData);
        try
        {
            return given switch
            {
                null or Encoding => given,
                int codePage => Known(codePage),
                string name when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int codePage) => Known(codePage),
                string name when PowerShellNames.TryGetValue(name, out Func<Encoding>? make) => make(),
                string name => CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name),
                _ => throw new ArgumentException("neither a name nor a code page"),
            };
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new ArgumentTransformationMetadataException(
                $"'{given}' is not an encoding. Use one of {string.Join(", ", PowerShellNames.Keys)}, or another name or code page that .NET knows.{NearName.Hint(given?.ToString() ?? "", Names)}", e);
        }
    }

    private static Encoding Known(int codePage) =>
        CodePagesEncodingProvider.Instance.GetEncoding(codePage) ?? Encoding.GetEncoding(codePage);

    /// <summary>The code page in which the system's console programs write, as PowerShell takes it; a user's culture may have
    /// another.</summary>
    [DllImport("kernel32.dll")]
    private static extern uint GetOEMCP();
}
