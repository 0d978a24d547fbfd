using System.Collections;
using System.Management.Automation;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Takes a file object by its full name, whose brackets are then no wildcards.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FilePathArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        ValueUnwrapper.Unwrap(inputData) switch
        {
            FileSystemInfo file => WildcardPattern.Escape(file.FullName),
            IList list when list.Cast<object?>().Any(item => ValueUnwrapper.Unwrap(item) is FileSystemInfo) =>
                list.Cast<object?>().Select(item => Transform(engineIntrinsics, item)).ToArray(),
            _ => inputData,
        };
}
