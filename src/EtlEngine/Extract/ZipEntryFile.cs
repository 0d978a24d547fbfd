using System.IO.Compression;
using System.Runtime.InteropServices;
using ICSharpCode.SharpZipLib.Checksum;

namespace EtlTools.Engine.Extract;

/// <summary>An entry of a zip archive, read as a file of its own.</summary>
internal sealed class ZipEntryFile(SourceFile archive, string entry, long length, ZipSelection selection)
    : SourceFile($"{archive.Path}#{entry}", $"{archive.Name}#{entry}")
{
    internal override long Length => length;

    internal override bool CanReopen => true;

    internal override Stream Open() => new EntryStream(this);

    /// <summary>The entry's text. To go back, it starts again, because it is compressed.</summary>
    private sealed class EntryStream(ZipEntryFile file) : RestartableStream
    {
        private Crc32 _crc = new();
        private Stream? _source;
        private ZipArchive? _archive;
        private ZipArchiveEntry? _entry;
        private Stream? _text;

        public override long Length => file.Length;

        private protected override bool CanOpenAnywhere => false;

        private protected override async ValueTask OpenAsync(long position, CancellationToken cancellationToken)
        {
            _crc = new Crc32();
            _source = await file.Archive.OpenAsync(cancellationToken).ConfigureAwait(false);
            _archive = await ZipEntries.OpenAsync(file.Archive.Name, _source, cancellationToken).ConfigureAwait(false);
            _entry = _archive.GetEntry(file.Entry) ?? throw ZipEntries.Damaged(file.Archive.Name, null);
            try
            {
                _text = new LimitedStream(await _entry.OpenAsync(cancellationToken).ConfigureAwait(false), file.MaxBytes);
            }
            catch (InvalidDataException e)
            {
                throw new EtlException(FailureCodes.UnsupportedFormat, FailureKind.InvalidData, $"{file.Name}: the entry cannot be read: {e.Message}", e);
            }
            OpenAt = 0;
        }

        private protected override async ValueTask<int> ReadOpenAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            int count = await _text!.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                if (OpenAt != _entry!.Length || _crc.Value != _entry.Crc32)
                    throw new InvalidDataException("The zip archive is damaged: the entry differs from what the archive's directory says.");
                return 0;
            }
            if (MemoryMarshal.TryGetArray(buffer[..count], out ArraySegment<byte> bytes))
                _crc.Update(bytes);
            else
                _crc.Update(new ArraySegment<byte>(buffer[..count].ToArray()));
            return count;
        }

        private protected override void CloseOpen()
        {
            base.CloseOpen();
            _text?.Dispose();
            _archive?.Dispose();
            if (_source is not null)
                file.Archive.Return(_source);
            (_text, _archive, _source) = (null, null, null);
        }
    }

    private SourceFile Archive => archive;

    private string Entry => entry;

    private long MaxBytes => selection.MaxBytes;
}
